"""The flow graph in a real browser: nothing runs, nothing is loaded, and every word stays in its place."""

from __future__ import annotations

import pytest
from browser import screenshot
from drawn_session import made_up
from hostile import HOSTILE

from afteraction.lineage import picture

pytestmark = pytest.mark.browser

_PLACES = """
() => {
  const of = element => { const r = element.getBoundingClientRect();
    return [r.left, r.top, r.right, r.bottom] };
  const labels = [...document.querySelectorAll('text.l')].map(of);
  const cards = [...document.querySelectorAll('rect.c')].map(of);
  const words = [...document.querySelectorAll('text.t, text.d')]
    .filter(text => text.closest('g[clip-path]'))
    .map(text => [of(text), of(text.closest('g[clip-path]').parentNode.querySelector('rect.c'))]);
  return {labels, cards, words, paper: of(document.querySelector('rect.paper'))};
}
"""


def overlap(one, other):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 1
        and min(one[3], other[3]) - max(one[1], other[1]) > 3
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["usual", "hostile"])
def test_words_stay_in_their_places(page, tmp_path, kind, scheme):
    actions, flows = made_up(16, 18, 5, HOSTILE if kind == "hostile" else ())
    graph = picture.graph_of(actions, flows, focus="act_0003", title=f"session {kind}", request=HOSTILE[0])
    file = tmp_path / "flow.html"
    file.write_text(picture.page(graph), encoding="utf-8")
    dialogs, errors = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1048, "height": 900})
    page.goto(file.as_uri())
    found = page.evaluate(_PLACES)
    screenshot(page, f"flow-graph-{kind}-{scheme}", tmp_path)
    assert (dialogs, errors) == ([], [])
    assert len(found["labels"]) > 10
    labels = found["labels"]
    assert not [1 for at, one in enumerate(labels) for other in labels[at + 1 :] if overlap(one, other)]
    assert not [1 for one in labels for card in found["cards"] if overlap(one, card)]
    left, top, right, bottom = found["paper"]
    assert right - left == pytest.approx(1000, abs=1)
    assert all(left <= one[0] and one[2] <= right and top <= one[1] and one[3] <= bottom for one in labels)
    if kind == "usual":
        assert [1 for text, card in found["words"] if text[2] > card[2] or text[0] < card[0]] == []
