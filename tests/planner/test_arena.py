"""Packing: nothing that lives together meets, and no byte more than best fit by size."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tinykit.planner.arena import Item, _best_fit, _Problem, pack


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
    by_size = sorted(range(len(found)), key=lambda n: (-found[n].size, found[n].first))
    problem = _Problem(tuple(found), {})
    assert problem.bound <= size <= _best_fit(problem, by_size).total


@settings(max_examples=200, deadline=None)
@given(items(), st.randoms(use_true_random=False))
def test_what_may_lie_over_another_keeps_its_distance(found: list[Item], choice: random.Random) -> None:
    pairs = [(a, b) for a in found for b in found if a.name != b.name and a.first == b.last]
    distances = {(a.name, b.name): 4 * choice.randint(0, 20) for a, b in choice.sample(pairs, min(3, len(pairs)))}
    offsets, size = pack(found, distances)
    assert _Problem(tuple(found), distances).bound <= size <= pack(found)[1]
    for a in found:
        for b in found:
            if a.name != b.name and a.meets(b) and a.size and b.size:
                low, high = (a, b) if (offsets[a.name], a.name) <= (offsets[b.name], b.name) else (b, a)
                if (low.name, high.name) in distances and (high.name, low.name) in distances:
                    continue
                apart = offsets[high.name] - offsets[low.name]
                turned = (high.name, low.name) in distances and apart == 0 == distances[high.name, low.name]
                assert turned or apart >= min(low.size, distances.get((low.name, high.name), low.size))


def test_a_chain_of_outputs_over_their_inputs_climbs_down() -> None:
    found = [Item(f"b{n}", 100, n, n + 1) for n in range(4)]
    _, size = pack(found, {(f"b{n + 1}", f"b{n}"): 20 for n in range(3)})
    assert size == 160


def test_every_order_is_tried_where_it_pays() -> None:
    """The layout needs its peak only if two small items that never meet share a place between the large ones."""
    found = [Item("a", 8, 0, 1), Item("b", 4, 0, 0), Item("c", 4, 1, 2), Item("d", 8, 2, 3), Item("e", 4, 2, 2)]
    assert pack(found)[1] == _Problem(tuple(found), {}).bound == 16


def test_the_layout_does_not_depend_on_chance() -> None:
    found = [Item(f"b{n}", 4 * (n * 7 % 13 + 1), n % 5, n % 5 + n % 3) for n in range(12)]
    assert pack(found) == pack(list(found))
