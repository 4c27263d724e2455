"""Who reads the same files right: Fairwatt beside the usual readers, over every named variant and random crossings.

python -m bench.bench_reading [--crossed 300] [--periods plain,spring,autumn,small] [--wrong]
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from bench.variants import recipes, wide
from bench.variants.crossing import draw
from bench.variants.judging import Judgment, Verdict, judge
from bench.variants.named import ALL_PERIODS, named_variants
from bench.variants.own import read_own
from bench.variants.peers import PEERS, judge_peer
from bench.variants.recipes import Recipe
from bench.variants.variant import Variant

OWN = "Fairwatt"
Judge = Callable[[Variant], Judgment]
_VERDICTS = (Verdict.RIGHT, Verdict.ASKED, Verdict.REFUSED, Verdict.WRONG)


def judge_own(variant: Variant) -> Judgment:
    """Judge Fairwatt; a question that can't be answered truthfully is a refusal."""
    try:
        return judge(variant, read_own(variant))
    except LookupError as error:
        return Judgment(Verdict.REFUSED, f"no truthful answer: {error}")


def variants(periods: tuple[str, ...], crossed: int, seed: int) -> Iterator[Variant]:
    """Every named variant over every period, and ``crossed`` random combinations."""
    yield from named_variants(periods)
    chance = random.Random(seed)
    for number in range(crossed):
        recipe = draw(chance, number)
        yield recipes.build(recipe) if isinstance(recipe, Recipe) else wide.build(recipe)


def run(*, periods: tuple[str, ...] = ALL_PERIODS, crossed: int = 300, tell: bool = False) -> None:
    """Print the shares, over all files and by what they are about."""
    judges: dict[str, Judge] = {OWN: judge_own}
    judges |= {name: _of_peer(name) for name in PEERS}
    counts: dict[tuple[str, str], Counter[Verdict]] = {}
    questions = 0
    for variant in variants(periods, crossed, seed=2021):
        for reader, ask in judges.items():
            judgment = ask(variant)
            for group in ("", variant.group):
                counts.setdefault((reader, group), Counter())[judgment.verdict] += 1
            questions += len(judgment.asked) if reader == OWN else 0
            if tell and reader == OWN and judgment.verdict in {Verdict.WRONG, Verdict.REFUSED}:
                print(f"<!-- {judgment.verdict}: {variant.name}: {judgment.why[:200]} -->")
    _report(counts, list(judges), questions)


def _of_peer(name: str) -> Judge:
    return lambda variant: judge_peer(PEERS[name], variant)


def _report(counts: dict[tuple[str, str], Counter[Verdict]], readers: Sequence[str], questions: int) -> None:
    total = sum(counts[OWN, ""].values())
    print(f"\n### Reading: {total:,} files of known truth\n")
    print("| | right | right once asked | not read, and said so | silently wrong |\n|---|---|---|---|---|")
    for reader in readers:
        shares = " | ".join(f"{counts[reader, ''][verdict] / total:.1%}" for verdict in _VERDICTS)
        print(f"| {reader} | {shares} |")
    print(f"\n{OWN} asked {questions / total:.1f} questions a file.\n")
    groups = [group for reader, group in counts if reader == OWN and group]
    print("Right, or right once asked, by what the files are about (silently wrong in brackets):\n")
    print(f"| | files | {' | '.join(readers)} |")
    print("|---|---|" + "---|" * len(readers))
    for group in groups:
        cells = [_cell(counts[reader, group]) for reader in readers]
        print(f"| {group} | {sum(counts[OWN, group].values())} | {' | '.join(cells)} |")


def _cell(found: Counter[Verdict]) -> str:
    total = sum(found.values())
    good = found[Verdict.RIGHT] + found[Verdict.ASKED]
    return f"{good / total:.0%} ({found[Verdict.WRONG] / total:.0%})"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.bench_reading", description=__doc__)
    parser.add_argument("--crossed", type=int, default=300, help="how many random combinations")
    parser.add_argument("--periods", default=",".join(ALL_PERIODS), help="which periods of the calendar")
    parser.add_argument("--wrong", action="store_true", help="say which files Fairwatt does not read")
    options = parser.parse_args()
    run(periods=tuple(options.periods.split(",")), crossed=options.crossed, tell=options.wrong)


if __name__ == "__main__":
    main()
