"""Threat T12: playlists that are named like videos read nothing and call nobody (field.md §0.4)."""

from pathlib import Path

import pytest

from minivod.media.frames import picture
from minivod.media.probe import NotMedia, probe
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Sandbox, capabilities, run_trusted
from minivod.media.tools import ffmpeg_path

from ...waiting import PATIENCE
from .conftest import Canary

HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n"
MASTER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n"
MPD = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">'
    '<Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
# name: (demuxer that takes it, content)
PLAYLISTS = {
    "a segment by absolute path": ("hls", HLS.format(target="{neighbour}")),
    "a segment by file URL": ("hls", HLS.format(target="file://{neighbour}")),
    "a segment through subfile": ("hls", HLS.format(target="subfile,,start,0,end,0,,:{neighbour}")),
    "a child playlist named .txt": ("hls", MASTER.format(target="{child}")),
    "a segment over HTTP": ("hls", HLS.format(target="http://127.0.0.1:{port}/x.ts")),
    "a list of files to join": ("concat", "ffconcat version 1.0\nfile '{neighbour}'\n"),
    "a manifest of DASH": ("dash", MPD.format(target="http://127.0.0.1:{port}/x.ts")),
    "a description of a session": ("sdp", SDP),
    "a playlist of itself": ("hls", HLS.format(target="x.mp4")),
}
READS_NEIGHBOUR = [name for name, (_, text) in PLAYLISTS.items() if "{neighbour}" in text or "{child}" in text]


@pytest.fixture
def crafted(job: Path, neighbour: Path, canary: Canary, request: pytest.FixtureRequest) -> tuple[str, Path]:
    demuxer, text = PLAYLISTS[request.param]
    child = neighbour.parent / "child.txt"
    child.write_text(HLS.format(target=neighbour))
    path = job / "x.mp4"
    path.write_text(text.format(neighbour=neighbour, child=child, port=canary.port))
    return demuxer, path


def careless(demuxer: str, source: str, target: str) -> list[str]:
    """The command line of a server that fell for it: every protocol and every extension allowed."""
    lenient = ["-allowed_extensions", "ALL", "-extension_picky", "0", "-allowed_segment_extensions", "ALL"]
    options = {"hls": lenient, "concat": ["-safe", "0"]}.get(demuxer, [])
    protocols = "file,http,tcp,udp,rtp,subfile,concat,data,crypto"
    argv = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-protocol_whitelist", protocols, *options, "-rw_timeout"]
    return [*argv, "1000000", "-f", demuxer, "-i", source, "-t", "1", "-c", "copy", "-f", "mpegts", target]


@pytest.mark.parametrize("crafted", PLAYLISTS, indirect=True)
async def test_no_function_of_ours_takes_a_playlist(
    sandbox: Sandbox, crafted: tuple[str, Path], canary: Canary
) -> None:
    _, path = crafted
    with pytest.raises(NotMedia):
        await probe(sandbox, path)
    with pytest.raises(NotMedia):
        await picture(sandbox, path)
    target = path.parent / "out.mp4"
    with pytest.raises(NotMedia):
        await remux_to_mp4(sandbox, path, target, on_progress=lambda _: None)
    assert not target.exists()
    assert canary.calls == 0


@pytest.mark.parametrize("crafted", READS_NEIGHBOUR, indirect=True)
def test_without_the_sandbox_the_attack_works(crafted: tuple[str, Path], neighbour: Path) -> None:
    demuxer, path = crafted
    target = path.parent / "stolen.ts"
    run_trusted(careless(demuxer, str(path), str(target)), timeout=PATIENCE)
    if "subfile" not in path.read_text():  # the one that this ffmpeg refuses by itself
        assert target.stat().st_size > neighbour.stat().st_size / 2


@pytest.mark.skipif(not capabilities()["file access by Landlock"], reason="the kernel has no Landlock")
@pytest.mark.parametrize("crafted", PLAYLISTS, indirect=True)
async def test_even_a_demuxer_of_playlists_reaches_nothing(
    sandbox: Sandbox, crafted: tuple[str, Path], canary: Canary
) -> None:
    demuxer, path = crafted
    output = path.parent / "output"
    output.mkdir()
    argv = careless(demuxer, path.name, "output/stolen.ts")
    await sandbox.run(argv, directory=path.parent, writable=output)
    stolen = output / "stolen.ts"
    assert not stolen.exists() or stolen.stat().st_size == 0
    assert canary.calls == 0


async def test_a_playlist_behind_the_name_of_a_demuxer_is_not_followed(sandbox: Sandbox, job: Path) -> None:
    """A real head in front of a playlist makes the sniffer say MP4; the MP4 demuxer then finds no video."""
    path = job / "x.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + HLS.format(target="/etc/passwd").encode())
    with pytest.raises(NotMedia):
        await probe(sandbox, path)
