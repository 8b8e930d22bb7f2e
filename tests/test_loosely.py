"""Numbers behind a ≈: near ones agree, others do not, and what is not behind a ≈ is exact."""

import pytest
from loosely import LOOSE, taken_over, too_far, with_stored_numbers
from nbformat.v4 import new_output

from conftest import changed_outputs


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("loss ≈ 0.55", "loss ≈ 0.50"),
        ("loss ≈ 0.02", "loss ≈ 0.01"),
        ("≈ 9.9 s", "≈ 10.1 s"),
        ("≈  9.9 s", "≈ 10.1 s"),
        ("≈ 53%", "≈ 55%"),
        ("≈ 0.64 to 0.87 in 12 runs", "≈ 0.66 to 0.80 in 12 runs"),
        ("≈ 0.64, 0.70, 0.74", "≈ 0.66, 0.71, 0.70"),
        ("≈ 1,234 and 2", "≈ 1,300 and 3"),
        ("≈ -0.01", "≈ 0.00"),
        ("≈ 1.3e-7", "≈ 1.2e-07"),
    ],
)
def test_near_numbers_agree(text, stored):
    assert taken_over(text, stored) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("loss ≈ 0.60", "loss ≈ 0.50"),
        ("loss 0.51", "loss 0.50"),
        ("≈ 0.64 to 0.87 in 12 runs", "≈ 0.66 to 0.80 in 13 runs"),
        ("≈ 0.64 12", "≈ 0.64 13"),
        ("≈ 0.5 and ≈ 0.5", "≈ 0.5"),
        ("≈ 0.64, 0.70", "≈ 0.64"),
        ("≈ nan", "≈ 0.1"),
        ("≈ 3 of 10", "≈ 3 of 9"),
        ("≈ 2.0e-7", "≈ 1.2e-7"),
    ],
)
def test_others_do_not(text, stored):
    assert taken_over(text, stored) != stored


def test_each_loose_number_is_tried_just_out_of_reach():
    text = "seed 3: ≈ 0.64 to 0.87 of 12, then ≈ 1,300"
    tried = too_far(text)
    assert len(tried) == 3
    assert all(taken_over(text, other) == text and other != text for other in tried)
    assert all(LOOSE.search(other) and "seed 3" in other for other in tried)


@pytest.mark.parametrize("pieces", [[], ["bar"], ["ba", "r"]])
def test_a_progress_bar_in_any_number_of_pieces_is_in_nobodys_way(pieces):
    def stream(name, text):
        return new_output("stream", name=name, text=text)

    stored = [stream("stderr", "bar"), stream("stdout", "≈ 1.50")]
    bars = [stream("stderr", piece) for piece in pieces]
    for outputs in ([*bars, stream("stdout", "≈ 1.51")], [stream("stdout", "≈ 1.51"), *bars]):
        printed = [output for output in with_stored_numbers(outputs, stored) if output.name == "stdout"]
        assert printed == stored[1:]


def test_a_number_off_by_what_is_allowed_makes_no_doubt_of_the_comparison():
    stored, run = [new_output("stream", text="≈ 0.6\n")], [new_output("stream", text="≈ 0.7\n")]
    assert with_stored_numbers(run, stored) == stored
    tried = [changed for _, changed in changed_outputs(with_stored_numbers(stored, run))]
    assert len(tried) == 3
    assert all(with_stored_numbers(run, changed) != changed for changed in tried)
