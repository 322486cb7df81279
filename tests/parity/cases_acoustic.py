"""Parity of the acoustic model: whole decodes, streaming latents, single parts, the quantiser."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from synthesis.models.vits import AcousticConfig, AcousticModel, Prior, Style
from tests.parity.registry import Case, Check, runner


def acoustic_config(name: str) -> AcousticConfig:
    """The configuration that a case's name stands for: `s2_<size>_<version>_<what>`."""
    _, size, version, *_ = name.split("_")
    config = AcousticConfig.for_version(version)
    if size == "full":
        return config
    config = replace(config, inner=96, layers=2, decoder_width=64)
    return replace(config, style_channels=64) if config.has_speaker else config


def load_acoustic(case: Case) -> AcousticModel:
    """The filled model of a case."""
    return case.load(AcousticModel(acoustic_config(case.name)))


def references(case: Case, model: AcousticModel) -> Style:
    """The style of all stored references."""
    indices = [i for i in range(9) if case.has(f"refer{i}")]
    speakers = [case.tensor(f"sv{i}") for i in indices if case.has(f"sv{i}")]
    return model.style_of([case.tensor(f"refer{i}") for i in indices], speakers or None)


@runner("s2_*_decode*")
@torch.inference_mode()
def decode(case: Case) -> Iterator[Check]:
    """Codes, phones, references and noise to a waveform, with the values in between."""
    model = load_acoustic(case)
    speed, noise_scale = (float(value) for value in case.array("params_speed_noisescale"))
    style = references(case, model)
    codes, phones = case.tensor("codes")[:, 0], case.tensor("text")
    prior = model.prior(codes, phones, style, speed=speed)
    latent = model.latent(prior, style, case.tensor("noise"), noise_scale)
    wave = model.render(latent, style)
    yield from _inner_values(case, model, prior, style)
    if "out_z" in case.arrays:
        yield case.close("z", latent)
    if "out_z_s" in case.arrays:
        yield case.close("z_s", latent[:, ::5])
    if "out_wav" in case.arrays:
        yield case.close("wav", wave)
        return
    middle = wave.shape[-1] // 2
    yield case.equal("wav_shape", torch.tensor(wave.shape))
    yield case.close("wav_head", wave[..., :2048])
    yield case.close("wav_mid", wave[..., middle : middle + 2048], noise="wav_head")
    yield case.close("wav_stride", wave[..., ::97], noise="wav_head")
    yield case.digest("wav_digest", wave, noise="wav_head")


def _inner_values(case: Case, model: AcousticModel, prior: Prior, style: Style) -> Iterator[Check]:
    spec = case.tensor("refer0")
    plain = model.ref_enc(spec[:, : model.config.style_bins], torch.ones(1, 1, spec.shape[-1]))
    quantized = model.quantized(case.tensor("codes")[:, 0])
    mask = torch.ones(1, 1, quantized.shape[-1])
    phones = case.tensor("text")
    phone_mask = torch.ones(1, 1, phones.shape[-1])
    enc = model.enc_p
    audio = enc.encoder_ssl(enc.ssl_proj(quantized), mask)
    text = enc.encoder_text(enc.text_embedding(phones).transpose(1, 2), phone_mask)
    mixed = enc.mrte(audio, mask, text, phone_mask, style.mixer_bw1)
    values = {
        "ref_enc": plain[None],
        "mrte": mixed,
        "m_p": prior.mean_bct,
        "logs_p": prior.log_std_bct,
        "ge512": style.mixer_bw1.transpose(1, 2),
        "ge_prelu": style.full_bg1,
    }
    for name, value in values.items():
        if f"out_{name}" in case.arrays:
            yield case.close(name, value)
        if f"out_{name}_s" in case.arrays:
            yield case.close(f"{name}_s", value[:, ::5])


@runner("s2_*_streaming*")
@torch.inference_mode()
def streaming(case: Case) -> Iterator[Check]:
    """Three chunks, each keeping its newest frames and fading in from the chunk before."""
    model = load_acoustic(case)
    style = references(case, model)
    codes, phones, noise = (
        case.tensor("codes")[:, 0],
        case.tensor("text"),
        case.tensor("noise"),
    )
    previous = None
    for index, (end, keep) in enumerate(((10, None), (17, 9), (24, 9))):
        prior = model.prior(codes[:, :end], phones, style, keep_codes=keep, previous_bct=previous)
        wave = model.render(model.latent(prior, style, noise, 0.5), style)
        yield case.close(f"latent{index}", prior.mixed_bct)
        yield case.close(f"wav{index}", wave)
        previous = prior.mixed_bct[:, :, -4:]


@runner("s2_*_parts*")
@torch.inference_mode()
def parts(case: Case) -> Iterator[Check]:
    """Posterior, flow in both directions and style encoder on a padded batch."""
    model = load_acoustic(case)
    spec, style = case.tensor("spec"), case.tensor("g")
    frames = torch.arange(spec.shape[-1])
    mask = (frames < case.tensor("lens")[:, None])[:, None].float()
    z, mean, log_std = model.enc_q(spec, mask, style, case.tensor("noise"))
    z_p = model.flow(z, mask, style)
    back = model.flow(z_p, mask, style, inverse=True)
    strided = "out_z_s" in case.arrays
    for name, value in (
        ("z", z),
        ("m_q", mean),
        ("logs_q", log_std),
        ("z_p", z_p),
        ("z_back", back),
    ):
        yield (case.close(f"{name}_s", value[:, ::5]) if strided else case.close(name, value))
    bins = model.config.style_bins
    yield case.close("ref_enc", model.ref_enc(spec[:, :bins], mask))


@runner("s2_quantizer_*")
@torch.inference_mode()
def quantizer(case: Case) -> Iterator[Check]:
    """Self-supervised features to codes, and the codes' vectors."""
    model = case.load(AcousticModel(AcousticConfig(), with_posterior=False))
    ssl = case.tensor("ssl")
    codes = model.extract_codes(ssl)
    yield case.close("ssl_proj_s", model.ssl_proj(ssl)[:, ::16])
    yield case.equal("codes", codes[:, None])
    yield case.close("dequant_s", model.quantizer.decode(codes)[:, ::16], noise="ssl_proj_s")
