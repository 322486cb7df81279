"""`python -m synthesis`: speak, show phones, fetch, import, export, make a random base, inspect."""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.errors import EngineError
from synthesis.text import NO_WORDS, Lexicon
from synthesis.types import Finish, Pauses, Precision, Utterance

if TYPE_CHECKING:
    from synthesis.decoding.products import Arithmetic

VERSIONS = ("v1", "v2", "v2Pro", "v2ProPlus")


def main() -> int:
    """Run one command; an engine error is printed as one sentence, with exit status 1."""
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except EngineError as error:
        print(f"{error.code}: {error.message}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthesis", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    speak = commands.add_parser("speak", help="speak a text with a voice bundle into a file")
    speak.add_argument("bundle", type=Path)
    speak.add_argument("text", help="plain, with inline markup, or SSML")
    speak.add_argument(
        "output", type=Path, help="its suffix is the format: wav pcm mp3 flac ogg opus aac m4a"
    )
    speak.add_argument("--language", default="auto")
    speak.add_argument("--style", default="default", help="one of those that `inspect` lists")
    speak.add_argument("--seed", type=int, default=0)
    speak.add_argument("--speed", type=float, default=1.0)
    speak.add_argument("--volume", type=float, default=0.0, help="in dB")
    speak.add_argument("--loudness", type=float, default=-18.0, help="target in LUFS")
    speak.add_argument("--sample-rate", type=int, help="in Hz (default: the voice's own)")
    speak.add_argument("--pauses", type=float, default=1.0, help="lengthens pauses so many times")
    speak.add_argument("--attempts", type=int, default=3, help="takes of a sentence at most")
    speak.add_argument("--lexicon", type=Path, help="PLS 1.0 file of readings")
    speak.add_argument("--captions", type=Path, help="write captions: .srt, .vtt or .json")
    _add_precision(speak)
    speak.add_argument("--base", type=Path, help="base model whose text encoder the voice needs")
    _add_arithmetic(speak)
    _add_device(speak)
    speak.set_defaults(run=_speak)

    phones = commands.add_parser("phones", help="show how a text is read")
    phones.add_argument("text")
    phones.add_argument("--language", default="auto")
    phones.add_argument("--profile", choices=("studio", "compat"), default="studio")
    phones.add_argument("--version", choices=("v1", "v2"), default="v2")
    phones.add_argument("--lexicon", type=Path, help="PLS 1.0 file of readings")
    phones.set_defaults(run=_phones)

    random_base = commands.add_parser("random-base", help="write a small base with random weights")
    random_base.add_argument("folder", type=Path)
    random_base.add_argument("--size", default="tiny")
    random_base.add_argument("--seed", type=int, default=0)
    random_base.set_defaults(run=_random_base)

    fetch = commands.add_parser("fetch", help="fetch published weights and make a base of them")
    fetch.add_argument("version", choices=VERSIONS)
    fetch.add_argument("--out", type=Path, help="new folder of the base (default: var/bases/NAME)")
    fetch.add_argument("--downloads", type=Path, default=Path("var/published"))
    fetch.add_argument("--pins", type=Path, help="default: pins.toml among the downloads")
    fetch.add_argument(
        "--mirror", help="address of a hub (default: HF_ENDPOINT, or the public one)"
    )
    fetch.add_argument(
        "--pin", action="store_true", help="only write the pins file from what the hub says today"
    )
    fetch.set_defaults(run=_fetch)

    import_base = commands.add_parser("import-base", help="make a base of published weights")
    import_base.add_argument("source", type=Path, help="folder with the published files")
    import_base.add_argument("folder", type=Path)
    import_base.add_argument("--version", choices=VERSIONS, required=True)
    import_base.set_defaults(run=_import_base)

    import_voice = commands.add_parser("import-voice", help="make a bundle of two checkpoints")
    import_voice.add_argument("semantic", type=Path, help="the .ckpt file")
    import_voice.add_argument("acoustic", type=Path, help="the .pth file")
    import_voice.add_argument("reference", type=Path, help="a clip of 3 to 10 s, WAV or FLAC")
    import_voice.add_argument("transcript")
    import_voice.add_argument("folder", type=Path)
    import_voice.add_argument("--base", type=Path, required=True)
    import_voice.add_argument("--language", required=True)
    import_voice.set_defaults(run=_import_voice)

    _style_parsers(commands)

    export_voice = commands.add_parser(
        "export-voice", help="write a bundle as the pair of files that GPT-SoVITS tools load"
    )
    export_voice.add_argument("bundle", type=Path)
    export_voice.add_argument("--out", type=Path, required=True, help="folder for the two files")
    export_voice.add_argument("--name", help="of the files (default: the bundle's folder)")
    export_voice.add_argument(
        "--settings-from",
        type=Path,
        action="append",
        default=[],
        help="a .ckpt or .pth of the same version whose settings are taken; may be given twice",
    )
    export_voice.set_defaults(run=_export_voice)

    export_onnx = commands.add_parser("export-onnx", help="write a voice's models as ONNX graphs")
    export_onnx.add_argument("bundle", type=Path)
    export_onnx.add_argument("folder", type=Path)
    export_onnx.set_defaults(run=_export_onnx)

    _serving_parsers(commands)

    inspect = commands.add_parser("inspect", help="verify a bundle or base, or name a checkpoint")
    inspect.add_argument("path", type=Path)
    inspect.set_defaults(run=_inspect)
    return parser


def _style_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = commands.add_parser(
        "add-style", help="write a voice with one style more, or with other clips for one"
    )
    add.add_argument("bundle", type=Path)
    add.add_argument("style", help="its name; `inspect` lists those there are")
    add.add_argument("folder", type=Path, help="new folder of the bundle that has it")
    add.add_argument(
        "--clip",
        nargs=3,
        action="append",
        required=True,
        metavar=("FILE", "LANGUAGE", "TRANSCRIPT"),
        help="3 to 10 s, WAV or FLAC; the first gives the manner, the mean of all the timbre",
    )
    add.add_argument(
        "--manner-only", action="store_true", help="the timbre is that of the default style"
    )
    add.add_argument("--base", type=Path, required=True, help="the base the voice was made from")
    add.set_defaults(run=_add_style)

    remove = commands.add_parser("remove-style", help="write a voice with one style less")
    remove.add_argument("bundle", type=Path)
    remove.add_argument("style")
    remove.add_argument("folder", type=Path, help="new folder of the bundle without it")
    remove.set_defaults(run=_remove_style)


def _serving_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve_bench = commands.add_parser("serve-bench", help="measure many requests at once")
    serve_bench.add_argument("--size", choices=("tiny", "starter", "full"), default="tiny")
    serve_bench.add_argument("--requests", type=int, default=16, help="at once")
    serve_bench.add_argument("--rounds", type=int, default=3, help="of so many requests")
    serve_bench.add_argument("--voices", type=int, default=4)
    serve_bench.add_argument(
        "--shared-weights", action="store_true", help="one semantic model for all voices"
    )
    serve_bench.add_argument(
        "--growth-requests", type=int, help="2000 when left out, at full size none: it takes hours"
    )
    serve_bench.add_argument(
        "--threads", type=int, help="of one operation of PyTorch; fewer leave cores for rendering"
    )
    _add_precision(serve_bench)
    _add_arithmetic(serve_bench)
    _add_device(serve_bench)
    serve_bench.add_argument("--json", type=Path, help="also write the figures to this file")
    serve_bench.set_defaults(run=_serve_bench)

    calibrate = commands.add_parser(
        "calibrate", help="measure how fast and how exact each arithmetic is with a voice"
    )
    calibrate.add_argument("bundle", type=Path)
    calibrate.set_defaults(run=_calibrate)


def _add_device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="cpu", help="cpu, or cuda")


def _add_precision(command: argparse.ArgumentParser) -> None:
    command.add_argument("--precision", type=Precision, default=Precision.EXACT, choices=Precision)


def _add_arithmetic(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--arithmetic",
        default="float32",
        choices=("float32", "float16", "bfloat16", "int8", "auto"),
        help="of the semantic model; auto takes the fastest that says the same as float32",
    )


# Each command imports what it needs when it runs: torch and transformers take seconds to load.


def _speak(arguments: argparse.Namespace) -> None:
    from synthesis import audio
    from synthesis.bundles.base import BaseModel
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.engine import Engine
    from synthesis.speaking.captions import write_captions

    base = BaseModel.open(arguments.base) if arguments.base else None
    bundle = VoiceBundle.open(arguments.bundle)
    engine = Engine(
        arguments.device,
        base=base,
        precision=arguments.precision,
        arithmetic=_arithmetic(arguments.arithmetic),
    )
    utterance = Utterance(
        text=arguments.text,
        language=arguments.language,
        style=arguments.style,
        sampling=replace(bundle.card.defaults, seed=arguments.seed, speed=arguments.speed),
        lexicon=_lexicon(arguments.lexicon),
        pauses=Pauses(scale=arguments.pauses),
        finish=Finish(
            loudness_lufs=arguments.loudness,
            volume_db=arguments.volume,
            sample_rate_hz=arguments.sample_rate,
        ),
        attempts=arguments.attempts,
        timestamps=arguments.captions is not None,
    )
    speech = engine.speak(bundle, utterance)
    audio.write(arguments.output, speech.pcm, speech.sample_rate_hz)
    if arguments.captions is not None:
        write_captions(arguments.captions, speech)
    _show(
        {
            "seconds": round(len(speech.pcm) / speech.sample_rate_hz, 3),
            "sample_rate_hz": speech.sample_rate_hz,
            "pcm_sha256": speech.pcm_sha256,
            "sentences": [asdict(report) for report in speech.sentences],
            "marks": [asdict(mark) for mark in speech.marks],
            "unspoken": speech.unspoken,
            "notes": speech.notes,
        }
    )


def _lexicon(path: Path | None) -> Lexicon:
    return NO_WORDS if path is None else Lexicon.from_pls(path.read_text(encoding="utf-8"))


def _phones(arguments: argparse.Namespace) -> None:
    from synthesis.text.reading import explain

    utterance = Utterance(
        text=arguments.text,
        language=arguments.language,
        profile=arguments.profile,
        lexicon=_lexicon(arguments.lexicon),
    )
    _show(explain(utterance, version=arguments.version))


def _random_base(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.random_base import write_random_base

    base = write_random_base(arguments.folder, size=arguments.size, seed=arguments.seed)
    _show({"name": base.name, "sha256": base.sha256, "bytes": base.sealed.total_bytes})


def _fetch(arguments: argparse.Namespace) -> None:
    from synthesis.exchange.fetch import NotPinned, Pins, fetch, pin
    from synthesis.exchange.import_base import import_base

    version, downloads = arguments.version, arguments.downloads
    pins_file = arguments.pins or downloads / "pins.toml"
    if arguments.pin:
        if pins_file.exists():
            raise NotPinned(f"{pins_file} exists; pins are not replaced. Move it away first.")
        pin(version, downloads, mirror=arguments.mirror).write(pins_file)
        print(f"{pins_file} holds what the hub says today. Compare it with a source you trust.")
        return
    fetch(version, downloads, pins=Pins.read(pins_file), mirror=arguments.mirror)
    base = import_base(downloads, arguments.out or Path("var/bases") / version, version=version)
    _show({"name": base.name, "sha256": base.sha256, "bytes": base.sealed.total_bytes})


def _import_base(arguments: argparse.Namespace) -> None:
    from synthesis.exchange.import_base import import_base

    base = import_base(arguments.source, arguments.folder, version=arguments.version)
    _show({"name": base.name, "sha256": base.sha256, "bytes": base.sealed.total_bytes})


def _import_voice(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.base import BaseModel
    from synthesis.bundles.styles import Clip
    from synthesis.exchange.import_voice import import_voice

    clip = Clip(
        path=arguments.reference, transcript=arguments.transcript, language=arguments.language
    )
    bundle = import_voice(
        arguments.folder,
        semantic=arguments.semantic,
        acoustic=arguments.acoustic,
        styles={"default": [clip]},
        base=BaseModel.open(arguments.base),
    )
    _show({"sha256": bundle.sha256, "model_version": bundle.card.model_version})


def _add_style(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.base import BaseModel
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.bundles.styles import Clip, with_style

    bundle = with_style(
        VoiceBundle.open(arguments.bundle),
        arguments.folder,
        name=arguments.style,
        clips=[
            Clip(
                path=Path(file),
                transcript=transcript,
                language=language,
                timbre=not arguments.manner_only,
            )
            for file, language, transcript in arguments.clip
        ],
        base=BaseModel.open(arguments.base),
    )
    _show({"sha256": bundle.sha256, "styles": list(bundle.card.styles)})


def _remove_style(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.bundles.styles import without_style

    bundle = without_style(
        VoiceBundle.open(arguments.bundle), arguments.folder, name=arguments.style
    )
    _show({"sha256": bundle.sha256, "styles": list(bundle.card.styles)})


def _export_voice(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.exchange.export_voice import export_voice

    exported = export_voice(
        VoiceBundle.open(arguments.bundle),
        arguments.out,
        name=arguments.name or arguments.bundle.resolve().name,
        settings_from=arguments.settings_from,
    )
    _show({kind: str(path) for kind, path in exported.items()})


def _export_onnx(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.exchange.export_onnx import export_onnx

    exported = export_onnx(VoiceBundle.open(arguments.bundle), arguments.folder)
    _show([{"file": str(one.path), "largest": one.largest_difference} for one in exported])


def _serve_bench(arguments: argparse.Namespace) -> None:
    import torch

    from synthesis.serving import bench

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    growth_requests = arguments.growth_requests
    if growth_requests is None:
        growth_requests = 0 if arguments.size == "full" else 2000
    report = bench.run(
        size=arguments.size,
        requests=arguments.requests,
        rounds=arguments.rounds,
        voices=arguments.voices,
        shared_weights=arguments.shared_weights,
        growth_requests=growth_requests,
        precision=arguments.precision,
        arithmetic=_arithmetic(arguments.arithmetic),
        device=arguments.device,
    )
    for line in report.lines():
        print(line)
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")


def _calibrate(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.decoding.calibration import calibrate
    from synthesis.decoding.loop import Sentence

    bundle = VoiceBundle.open(arguments.bundle)
    [clip, *_] = bundle.references(bundle.card.main_style)
    sentence = Sentence(phones=clip.phones, bert=clip.bert)
    found = calibrate(bundle.semantic().requires_grad_(False), sentence, clip.codes)
    measured = [asdict(one) for one in found.measured]
    _show({"chosen": found.decoder.arithmetic, "measured": measured})


def _arithmetic(name: str) -> "Arithmetic | None":
    from synthesis.decoding.products import Arithmetic

    return None if name == "auto" else Arithmetic(name)


def _inspect(arguments: argparse.Namespace) -> None:
    from synthesis.bundles.base import MANIFEST as BASE_MANIFEST
    from synthesis.bundles.base import BaseModel
    from synthesis.bundles.bundle import VoiceBundle
    from synthesis.exchange.checkpoint import read_checkpoint

    path: Path = arguments.path
    if path.is_file():
        found = read_checkpoint(path)
        elements = sum(tensor.numel() for tensor in found.state.values())
        _show(
            {
                "kind": found.kind,
                "version": found.version,
                "info": found.notes.info,
                "tensors": len(found.state),
                "elements": elements,
            }
        )
    elif (path / BASE_MANIFEST).exists():
        base = BaseModel.open(path)
        _show({"kind": "base", "name": base.name, "sha256": base.sha256, "speech": base.speech})
    else:
        bundle = VoiceBundle.open(path)
        _show({"kind": "voice", "sha256": bundle.sha256, **bundle.card.as_content()})


def _show(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
