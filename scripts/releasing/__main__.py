"""The command line of a release."""

import argparse
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from scripts.releasing.archives import Archives, build_reproducibly, pack_schemas, write_digests
from scripts.releasing.changelog import release_notes
from scripts.releasing.errors import ReleaseError, run
from scripts.releasing.image import NoImage, build_image
from scripts.releasing.installed import DEMO, INSTALLERS, Place, try_installed
from scripts.releasing.sbom import LOCK, write_sbom
from scripts.releasing.tag import Tag, check_same_scripts, check_versions, export_tree, find_tag

ROOT = Path(__file__).resolve().parents[2]
GUIDE = "docs/getting-started.md"


def main() -> int:
    """Build and check a release. On failure, there is no output."""
    parser = argparse.ArgumentParser(prog="scripts/release", description="Builds a release from a tag, and checks it.")
    parser.add_argument("tag", help="for example v0.9.0")
    parser.add_argument("--output", type=Path, default=Path("dist"), help="a new folder; defaults to dist")
    parser.add_argument("--no-image", action="store_true", help="build no container image")
    options = parser.parse_args()
    try:
        release(ROOT, options.tag, options.output, with_image=not options.no_image)
    except ReleaseError as error:
        sys.stderr.write(f"No release: {error}\n")
        return 1
    return 0


def release(repository: Path, name: str, output: Path, *, with_image: bool) -> None:
    """Write a release to a new folder. Raises ReleaseError."""
    if output.exists():
        raise ReleaseError(f"{output} exists already. Remove it, or choose another folder with --output.")
    tag = find_tag(repository, name)
    check_same_scripts(repository, tag)
    with tempfile.TemporaryDirectory(prefix="confsync-release-") as temporary:
        work, made = Path(temporary, "work"), Path(temporary, "made")
        work.mkdir()
        made.mkdir()
        archives = build(repository, tag, work, made)
        check(archives, tag, work / "tree", work)
        add_image(archives.wheel, work / "tree", tag, made, enabled=with_image)
        write_digests(made)
        shutil.copytree(made, output)
    say(f"{output} contains {', '.join(path.name for path in sorted(output.iterdir()))}")


def build(repository: Path, tag: Tag, work: Path, made: Path) -> Archives:
    """Build everything but the image, and return the archives."""
    say(f"Building {tag.name}, commit {tag.commit}")
    tree = export_tree(repository, tag, work / "checked")
    check_versions(tag, tree)
    archives = build_reproducibly(partial(export_tree, repository, tag), work, tag.time)
    for archive in archives:
        if not archive.name.startswith(f"confsync-{tag.version}"):
            raise ReleaseError(f"The tag is {tag.name}, but the build is {archive.name}.")
        shutil.copy(archive, made)
    say(run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *archives], work).strip())
    pack_schemas(tree, tag.version, tag.time, made)
    shutil.copy(tree / LOCK, made / f"confsync-{tag.version}-requirements.txt")
    write_sbom(archives.wheel, tree, tag, work, made)
    (made / "release-notes.md").write_text(
        release_notes((tree / "CHANGELOG.md").read_text("utf-8"), tag.version), "utf-8"
    )
    return archives


def check(archives: Archives, tag: Tag, tree: Path, work: Path) -> None:
    """Install each archive into an empty environment in each way, and follow the demo and the guide there."""
    pages = {"demo": DEMO, "guide": (tree / GUIDE).read_text("utf-8")}
    for way, install in INSTALLERS.items():
        for archive in archives:
            place = Place.create(work / f"{way} {archive.suffix}")
            install(archive, place)
            try_installed(place, tag.version, pages)
            say(f"{archive.name}, installed with {way}: the demo and the guide ran")


def add_image(wheel: Path, tree: Path, tag: Tag, made: Path, *, enabled: bool) -> None:
    """Build the image, or say why there is none."""
    if not enabled:
        say("No image: --no-image")
        return
    try:
        say(f"Image: {build_image(wheel, tree, tag, made).name}")
    except NoImage as reason:
        say(f"No image: {reason}")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 -- this is what the script prints


if __name__ == "__main__":
    sys.exit(main())
