"""Makes the sample recordings of this folder again: `python tests/data/make.py`.

One synthetic speaker reads sentences written for this project, in Mandarin and English, with
pauses of natural length over faint room noise. Everything is seeded; the exact times go into the
subtitles. It needs espeak-ng and pypinyin; the tests use the committed files and never run it.
"""

import io
import subprocess
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

HERE = Path(__file__).parent
RATE_HZ = 22_050
"""espeak-ng's own rate; raising it would only pretend a bandwidth that is not there."""
VOICES = {"ZH": "cmn-latn-pinyin+m3", "EN": "en-us+m3"}
WORDS_PER_MINUTE = {"ZH": 200, "EN": 150}
ROOM_NOISE_DBFS = -68.0
SPEECH_PEAK_DBFS = -3.0

SPEAKER_LINES = (
    ("ZH", "您好，这里是客户服务中心，很高兴为您服务。"),
    ("EN", "Thank you for calling, this is the service desk speaking."),
    ("ZH", "请问您需要查询订单，还是想修改送货地址？"),
    ("EN", "Would you like to check an order, or change the delivery address?"),
    ("ZH", "请稍等，我正在为您查看最新的物流信息。"),
    ("EN", "One moment please, I am looking at the latest news about your parcel."),
    ("ZH", "您的包裹今天早上已经离开仓库，预计明天下午送到。"),
    ("EN", "It left our warehouse this morning and should arrive tomorrow afternoon."),
    ("ZH", "如果您不在家，快递员会把它放在楼下的柜子里。"),
    ("EN", "If nobody is at home, the driver will leave it with a neighbor."),
    ("ZH", "天气不好的时候，路上可能会慢一些，请您谅解。"),
    ("EN", "When the weather is rough the roads are slow, so we ask for patience."),
    ("ZH", "需要发票的话，请告诉我公司的名称和税号。"),
    ("EN", "A written receipt goes to the mailbox that you gave us last year."),
    ("ZH", "这件商品可以免费退换，请保留原来的包装。"),
    ("EN", "You may return the blue jacket for free while the label is still on."),
)
NOISY_LINES = (
    ("ZH", "机房里的风扇很吵，您可能听不清楚我说的话。"),
    ("EN", "The fans in this room are loud, so you may not hear every word."),
    ("ZH", "我们换一个安静的地方，再重新录一遍吧。"),
)
NOISE_BELOW_SPEECH_DB = 6.0
VIDEO_LINES = (
    ("ZH", "欢迎观看这段短片，今天我们介绍新的会员服务。"),
    ("EN", "Members can talk to a real person at any hour of the day."),
    ("ZH", "打开手机上的应用，点一下右上角就可以报名。"),
)

GUEST = "+f2"
VISIT_LINES = (
    ("EN", "Welcome to the workshop, please come in and sit down."),
    ("EN", "We repair clocks here, most of them older than the house."),
    ("EN+f2", "How long does it take to repair one of them?"),
    ("EN", "A small one takes a week, and a tall one takes a month."),
    ("EN", "The wheels are cleaned by hand and put back one by one."),
    ("EN+f2", "I should like to bring you the clock of my grandmother."),
    ("EN", "Bring it in the morning, when the light is good."),
    ("EN", "We shall look at it together and tell you the price."),
)
SPOKEN_OVER = {6: "Thank you very much, I will be there before nine."}
"""Which line the guest talks over, and with what."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Sound of a few sentences, and when each begins and ends."""

    samples: NDArray[np.float64]
    lines: tuple[tuple[str, str, float, float], ...]
    """Language, text, start and end in seconds."""


def pinyin_of(text: str) -> str:
    """Syllables with tone digits: espeak-ng reads many characters by their English names."""
    syllables = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    return " ".join(syllables).translate(str.maketrans("，。？", ",.?"))


def speak(language: str, text: str) -> NDArray[np.float64]:
    """One sentence from espeak-ng, its own silence cut off."""
    language, _, variant = language.partition("+")
    rate = str(WORDS_PER_MINUTE[language])
    voice = VOICES[language].split("+")[0] + f"+{variant}" if variant else VOICES[language]
    spelled = pinyin_of(text) if language == "ZH" else text
    wav = subprocess.run(
        ["espeak-ng", "--stdout", "-v", voice, "-s", rate, spelled],
        check=True,
        capture_output=True,
    ).stdout
    with wave.open(io.BytesIO(wav)) as file:
        if file.getframerate() != RATE_HZ:
            raise RuntimeError(f"espeak-ng spoke at {file.getframerate()} Hz, not {RATE_HZ}")
        # The header of a stream has no true length; readframes stops at the end.
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0
    audible = np.flatnonzero(np.abs(samples) > 0.002)
    return samples[audible[0] : audible[-1] + 1]


def read_aloud(
    lines: tuple[tuple[str, str], ...], *, seed: int, spoken_over: dict[int, str] | None = None
) -> Reading:
    """Sentences one after another with pauses of 0.55-0.95 s, in a quiet room."""
    chance = np.random.default_rng(seed)
    pieces, timed, at = [np.zeros(RATE_HZ // 2)], [], RATE_HZ // 2
    for number, (language, text) in enumerate(lines):
        sentence = speak(language, text)
        if spoken_over and number in spoken_over:
            other = speak(f"{language}{GUEST}", spoken_over[number])[: len(sentence)]
            sentence = sentence + np.pad(other, (0, len(sentence) - len(other)))
        pause = np.zeros(int(RATE_HZ * chance.uniform(0.55, 0.95)))
        timed.append((language, text, at / RATE_HZ, (at + len(sentence)) / RATE_HZ))
        pieces += [sentence, pause]
        at += len(sentence) + len(pause)
    samples = np.concatenate(pieces)
    samples *= 10 ** (SPEECH_PEAK_DBFS / 20) / np.abs(samples).max()
    samples += chance.standard_normal(len(samples)) * 10 ** (ROOM_NOISE_DBFS / 20)
    return Reading(samples=samples, lines=tuple(timed))


def add_fan_noise(reading: Reading, *, seed: int) -> Reading:
    """White noise `NOISE_BELOW_SPEECH_DB` under the mean power of the sentences."""
    spoken = np.concatenate(
        [
            reading.samples[int(start * RATE_HZ) : int(end * RATE_HZ)]
            for *_, start, end in reading.lines
        ]
    )
    noise = np.random.default_rng(seed).standard_normal(len(reading.samples))
    noise *= np.sqrt(np.mean(spoken**2)) * 10 ** (-NOISE_BELOW_SPEECH_DB / 20)
    mixed = reading.samples + noise
    return Reading(samples=mixed * 0.9 / np.abs(mixed).max(), lines=reading.lines)


def write_audio(
    path: Path, samples: NDArray[np.float64], codec: str, *, picture: bool = False
) -> None:
    """Encode 16-bit mono, beside a small moving picture where one is wanted."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(codec, rate=RATE_HZ, layout="mono")
        assert isinstance(sound, AudioStream)
        if codec != "flac":
            sound.bit_rate = 64_000
        if picture:
            add_picture(container, duration_s=len(samples) / RATE_HZ)
        pcm = np.round(samples * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), 0
        blocks = av.AudioResampler(
            format=sound.format, layout="mono", rate=RATE_HZ, frame_size=sound.frame_size or 4096
        )
        for block in [*blocks.resample(frame), *blocks.resample(None), None]:
            container.mux(sound.encode(block))


def add_picture(container: OutputContainer, *, duration_s: float) -> None:
    """A bar that walks through a 96x64 picture at five frames a second."""
    stream = container.add_stream("libx264", rate=5)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    for index in range(int(duration_s * 5)):
        picture = np.full((64, 96, 3), 32, np.uint8)
        picture[:, index % 96] = (240, 180, 60)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    container.mux(stream.encode(None))


def timestamp(seconds: float) -> str:
    """SubRip's notation."""
    whole_ms = round(seconds * 1000)
    minutes, within_ms = divmod(whole_ms, 60_000)
    seconds_and_ms = f"{within_ms // 1000:02},{within_ms % 1000:03}"
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds_and_ms}"


def write_subtitles(path: Path, reading: Reading) -> None:
    """The sentences with their times."""
    blocks = [
        f"{number}\n{timestamp(start)} --> {timestamp(end)}\n{text}\n"
        for number, (_, text, start, end) in enumerate(reading.lines, start=1)
    ]
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_list(path: Path, audio_name: str, reading: Reading) -> None:
    """The sentences in reading order, one `path|speaker|LANG|text` each."""
    lines = [f"{audio_name}|sample|{language}|{text}\n" for language, text, *_ in reading.lines]
    path.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Write every file of this folder but this program and the README."""
    speaker = read_aloud(SPEAKER_LINES, seed=1)
    write_audio(HERE / "speaker_60s.flac", speaker.samples, "flac")
    write_subtitles(HERE / "speaker_60s.srt", speaker)
    write_list(HERE / "speaker_60s.list", "speaker_60s.flac", speaker)
    noisy = add_fan_noise(read_aloud(NOISY_LINES, seed=2), seed=3)
    write_audio(HERE / "noisy.mp3", noisy.samples, "libmp3lame")
    write_subtitles(HERE / "noisy.srt", noisy)
    visit = read_aloud(VISIT_LINES, seed=5, spoken_over=SPOKEN_OVER)
    write_audio(HERE / "two_speakers.mp3", visit.samples, "libmp3lame")
    write_subtitles(HERE / "two_speakers.srt", visit)
    video = read_aloud(VIDEO_LINES, seed=4)
    write_audio(HERE / "short_video.mp4", video.samples, "aac", picture=True)
    write_subtitles(HERE / "short_video.srt", video)


if __name__ == "__main__":
    main()
