"""Packing: nothing that lives together meets, and no byte more than best fit by size."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tinykit.planner.arena import Item, _best_fit, pack, peak


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    found = []
    for n in range(draw(st.integers(0, 9))):
        first = draw(st.integers(0, 8))
        found.append(Item(f"b{n}", 4 * draw(st.integers(0, 40)), first, first + draw(st.integers(0, 5))))
    return found


@settings(max_examples=200, deadline=None)
@given(items())
def test_live_items_never_meet_and_every_byte_is_accounted_for(found: list[Item]) -> None:
    offsets, size = pack(found)
    assert offsets.keys() == {i.name for i in found}
    assert size == max((offsets[i.name] + i.size for i in found), default=0)
    for n, a in enumerate(found):
        for b in found[n + 1 :]:
            apart = offsets[a.name] + a.size <= offsets[b.name] or offsets[b.name] + b.size <= offsets[a.name]
            assert apart or not a.meets(b) or 0 in (a.size, b.size)


@settings(max_examples=200, deadline=None)
@given(items())
def test_never_below_the_peak_and_never_worse_than_best_fit_by_size(found: list[Item]) -> None:
    _, size = pack(found)
    _, by_size = _best_fit(sorted(found, key=lambda i: (-i.size, i.first)))
    assert peak(found) <= size <= by_size


def test_the_layout_does_not_depend_on_chance() -> None:
    found = [Item(f"b{n}", 4 * (n * 7 % 13 + 1), n % 5, n % 5 + n % 3) for n in range(12)]
    assert pack(found) == pack(list(found))
