"""A whole site: every page sound, every link with an end, no stranger's text at work."""

import json
import re
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from prunebench.bundle.reproduced import Reproduced, ReproducedTrial
from prunebench.leaderboard.inputs.intake import Refused
from prunebench.leaderboard.site import Extras, site_files

FILE = "small-1.0-a1a1a1a1a1a1a1a1.zip"


@pytest.fixture(scope="module")
def files(storied):
    """Give the site of a leaderboard with everything that happens."""
    refused = Refused(Path("/home/someone/bad.zip"), "", ("bundle.json: rows is 3, found 4.",))
    return site_files(storied, Extras({storied.bundles[-1].address: FILE}, (refused,)))


@pytest.fixture(scope="module")
def pages(files, read):
    """Read its pages."""
    return read(files)


def test_every_page_is_sound(files, pages):
    """Each has a language, a title, one main heading, no gap in headings, and closes its tags."""
    for path, page in pages.items():
        text = files[path].decode()

        assert page.faults == [], path
        assert len(page.ids) == len(set(page.ids)), path
        assert page.levels.count(1) == 1, path
        assert all(b <= a + 1 for a, b in pairwise(page.levels)), path
        assert '<html lang="en">' in text
        assert re.search(r"<title>[^<]+</title>", text)
        assert text.count("<caption") == text.count("<table"), path


def test_every_link_has_an_end(files, pages):
    """Whatever a page leads to within the site is there, also the place on the page."""
    known = {*files, f"bundles/{FILE}"}
    for path, page in pages.items():
        for tag, link in page.links:
            if link.startswith("https://example.org"):
                continue
            target, _, part = link.partition("#")
            whole = normpath(join(dirname(path), target)) if target else path

            assert whole in known, (path, tag, link)
            assert not part or part in pages[whole].ids, (path, link)


def test_every_page_can_be_reached(files, pages):
    """From the first page links lead to all others."""
    seen, ahead = set(), ["index.html"]
    while ahead:
        path = ahead.pop()
        if path in seen or path not in pages:
            continue
        seen.add(path)
        ahead += [
            normpath(join(dirname(path), link.partition("#")[0])) for _, link in pages[path].links
        ]

    assert seen == set(pages)


def test_nothing_comes_from_elsewhere(files, pages):
    """Pages load their own style and script, run no other, and say so to the browser."""
    for path, page in pages.items():
        loaded = [link for tag, link in page.links if tag in ("script", "link", "img")]

        assert all(
            re.fullmatch(r"(\.\./)*assets/site\.(css|js)|(\.\./)*assets/icon\.svg", link)
            for link in loaded
        )
        assert (
            "default-src &#39;none&#39;" in files[path].decode()
            or "default-src 'none'" in files[path].decode()
        )
        assert page.tags.count("script") == 1
        assert "style" not in page.tags
        assert not {name for name in page.attributes if name == "style" or name.startswith("on")}


def test_links_to_others_tell_them_nothing(files):
    """Addresses of strangers are http or https, and marked as not ours."""
    for text in (content.decode() for path, content in files.items() if path.endswith(".html")):
        for link in re.findall(r'<a [^>]*href="[a-z]+:[^>]*>', text):
            assert re.search(r'href="https?://[^"]+" rel="noopener nofollow"', link), link


def test_the_same_board_gives_the_same_bytes(make_board):
    """Two boards made alike are alike as sites."""
    first, second = (site_files(make_board(), Extras()) for _ in range(2))

    assert first == second
    assert list(first) == sorted(first)


def test_no_machine_shows(files):
    """No path of the machine that built it, and none that a file was refused at."""
    for path, text in files.items():
        assert b"/home/" not in text, path
        assert str(Path.cwd()).encode() not in text, path


def test_numbers_of_the_board_are_on_its_page(files):
    """Mean, deviation, places, difference and verdict of a cell can be read."""
    text = files["boards/digits-mlp-finetune.html"].decode()
    row = text[text.index('data-name="l1filter"') :]
    row = row[: row.index("</tr>")]

    assert '<span class="rank">1–2</span>' in row
    assert '<span class="main-score">95.95</span> <span class="sd">± 0.20</span>' in row
    assert '<small>rank 1–2</small><small>−0.05 <span class="badge tie">tie</span>' in row
    assert "reproduced 1/1" in row
    assert "too few pairs to rank" in files["index.html"].decode()


def test_a_trial_says_where_it_comes_from(files, storied):
    """Environment, plugin, bundle and submitter; its curve, layers and the command again."""
    trial = next(
        one for one in storied.trials.values() if "reproduced 1/1" in [b.text for b in one.badges]
    )
    text = files["trials/digits-mlp-finetune/l1filter.html"].decode()
    at = text.index(f'id="t-{trial.key[:12]}"')
    own = text[at : text.index("</article>", at)]

    assert "<code>prunebench reproduce small-1.0-" in own
    assert f"--trial {trial.row.trial}</code>" in own
    assert "<svg viewBox" in own
    assert "accuracy 0 to 0.96" in own
    for fact in (
        "libraries</dt><dd>torch 2.11.0",
        "features.0",
        trial.source.digest,
        trial.bundle[:16],
        "Ada",
    ):
        assert fact in text


def test_tables_are_downloads_too(files):
    """Each board links its tables as CSV and JSON, and the JSON can be read."""
    text = files["boards/digits-mlp-finetune.html"].decode()
    links = re.findall(r'href="\.\./(data/digits-mlp-finetune/[a-z]+\.(?:csv|json))"', text)

    assert {link.rpartition(".")[2] for link in links} == {"csv", "json"}
    for link in links:
        assert files[link]
        assert not link.endswith("json") or json.loads(files[link])["suite"] == "small@1.0"


def test_a_board_without_stories_has_no_history(board):
    """The page of conflicts is there when there is something to tell."""
    files = site_files(board, Extras())

    assert "history.html" not in files
    assert b"history.html" not in files["index.html"]


def test_pages_stay_small(files, pages):
    """No page of this small board comes near a megabyte; one trial takes some 700 bytes."""
    sizes = {path: len(text) for path, text in files.items() if path.endswith(".html")}
    sheet = sizes["trials/digits-mlp-ticket/magnitude.html"]

    assert max(sizes.values()) < 150_000
    assert sheet / 9 < 1_600


def test_a_page_of_trials_says_once_what_all_share(files):
    """Provenance, badges, epochs and the dense networks stand at the top, not at each trial."""
    text = files["trials/digits-mlp-finetune/magnitude.html"].decode()

    assert text.count("each of them") == 1
    assert text.count('class="badge reported"') == 1
    assert "in epochs 10 + 0 + 10 for every trial" in text
    assert len(re.findall(r'href="\.\./dense/[^"]+#t-', text)) == 3


@pytest.fixture(scope="module")
def special(build, submit, trials_of):
    """Give the site of a method that was tuned, of one that prunes at the start, and of others."""
    costs = {"dense_epochs": 10.0, "pruning_epochs": 0.0, "epochs": 4.0, "dense_macs": 3000}
    tuned = {"tuning_epochs": 30.0, "tuning_macs": 9000, "tuning_seconds": 2.0}
    early = {"dense_epochs": 0.0, "dense_macs": 0, "total_epochs": 4.0}
    bundle = submit(
        trials_of("magnitude", (0.8, 0.82, 0.81), given={**costs, "total_epochs": 14.0}),
        trials_of("sss", (0.8, 0.83, 0.82), given={**costs, **tuned, "total_epochs": 44.0}),
        trials_of("snip", (0.7, 0.71, 0.72), given={**costs, **early}),
    )
    row = next(entry.row for entry in bundle.entries if entry.row.method == "snip")
    accuracy = row.test_accuracy_last
    again = ReproducedTrial(row.trial, accuracy, accuracy, 0.0, agrees=True, how="exact")
    whose = ("  ADA ", "Grace")
    reruns = [Reproduced(bundle.address, "2025-03-02", by, {}, (again,)) for by in whose]
    return site_files(build(bundle, reproductions=reruns), Extras())


def test_tuning_is_a_part_of_the_cost(special):
    """A page of trials that were tuned has the part in its caption and in each sum."""
    tuned, plain = (
        special[f"trials/digits-mlp-finetune/{name}.html"].decode() for name in ("sss", "magnitude")
    )

    assert "dense network + tuning + pruning + retraining" in tuned
    assert "in epochs 10 + 30 + 0 + 4 for every trial" in tuned
    assert "<td>3 k + 9 k" in tuned
    assert "tuning" not in plain
    assert "in epochs 10 + 0 + 4 for every trial" in plain


def test_who_prunes_before_training_starts_untrained(special):
    """Only where no dense training was spent, the dense network is what is compared with."""
    early, usual = (
        special[f"trials/digits-mlp-finetune/{name}.html"].decode()
        for name in ("snip", "magnitude")
    )
    told = "the untrained network of the same seed; trained without pruning, it has"

    assert told in early
    assert told not in usual
    assert "the dense network of the same seed" in usual


def test_a_board_says_what_its_networks_took(special):
    """Each method has its epochs, tuning and all, below its name."""
    text = special["boards/digits-mlp-finetune.html"].decode()

    for name, epochs in (("magnitude", 14), ("sss", 44), ("snip", 4)):
        row = text[text.index(f'data-name="{name}"') :]

        assert f"· {epochs} epochs in all</small>" in row[: row.index("</th>")]


def test_reruns_of_the_submitter_are_told_from_those_of_others(special):
    """A name is one with that of the submitter whatever its capitals; another stands as it is."""
    text = special["submissions.html"].decode()
    table = text[text.index("Trials that were run again") :]

    assert table.count("<td>by the submitter</td>") == 1
    assert table.count("<td>Grace</td>") == 1
    assert "were run again by the submitter" not in text


def test_limits_say_what_the_test_set_leaves_open(special):
    """Of 100 images, 98 % of which are right, 1.96 * sqrt(0.98 * 0.02 / 100) is 2.74 points."""
    text = special["index.html"].decode()

    assert "mlp on digits, 100 images, ± 2.74 points." in text


def test_a_dense_network_costs_its_own_training_alone(files):
    """It is not counted twice, as training and as retraining."""
    path = next(path for path in files if path.startswith("trials/dense/"))
    text = files[path].decode()

    assert " + " not in text[text.index("<tbody>") : text.index("</tbody>")]
    assert "+ pruning + retraining" not in text


def test_protocols_are_explained(files):
    """A stranger reads what each does; on its board too."""
    index, board = (
        files[path].decode() for path in ("index.html", "boards/digits-mlp-ticket.html")
    )
    told = "the kept weights go back to where the dense training began"

    assert f"<dt>ticket</dt><dd>{told}" in index
    assert f"After pruning, {told}" in board
    assert "100 test images: one of them is 1.00 points" in index


def test_a_board_says_how_many_seeds_are_asked_for(files):
    """In its facts; and beside the outcomes of a cell that has fewer, and of no other."""
    short = files["boards/digits-mlp-finetune.html"].decode()
    whole = files["boards/digits-mlp-ticket.html"].decode()

    assert "<dt>Seeds</dt><dd>3 asked for</dd>" in short
    assert "2 of 2</a>, 3 asked for<" in short
    assert ", 3 asked for" not in whole
