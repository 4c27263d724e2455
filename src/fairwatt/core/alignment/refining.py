"""Offsets finer than a sample: from the phases of what both series share, each frequency by how well it is shared."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.whitening import changes_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Complex = NDArray[np.complex128]

_LONGEST = 1024  # samples of a segment
_SHORTEST = 16
_MOST_GROUPS = 64
_CLEAR = 0.4  # samples, that the error of a group may be at most
_ANY = 0.1  # frequencies that may pass for shared by chance
_WIDTH = 8  # a frequency is judged with those an eighth of it around
_FEW = 4  # groups
_KNOWN = 0.25  # share of a segment's samples that must be there
_TRIED = np.linspace(-2.5, 2.5, 51)  # samples, that an offset is looked for at
_MOST_SHARED = 0.9999
_INDEPENDENT = 0.75  # of segments that overlap by half


@dataclass(frozen=True, slots=True)
class Refinement:
    """What is still to be added to a path, by groups of segments.

    Attributes
    ----------
    middles
        Where the groups are [samples].
    offsets
        What is missing to the path [samples].
    errors
        Standard errors of these [samples].
    """

    middles: Floats = field(repr=False)
    offsets: Floats = field(repr=False)
    errors: Floats = field(repr=False)

    def without_far(self) -> Refinement:
        """The same without groups that are far from the middle one, where there are some to judge by."""
        far = np.abs(self.offsets - np.median(self.offsets)) > np.maximum(1.0, 8 * self.errors)
        if len(far) < _FEW:
            return self
        return Refinement(self.middles[~far], self.offsets[~far], self.errors[~far])

    def plus(self, offsets: Floats) -> Refinement:
        """The same with something added to each offset [samples]."""
        return Refinement(self.middles, self.offsets + offsets, self.errors)


@dataclass(frozen=True, slots=True)
class _Spectra:
    middles: Floats
    shared: Complex  # segment × frequency
    own: Floats
    other: Floats
    turns: Floats  # radians per sample
    pieces: Ints


def refine(a: Floats, b: Floats, left: Floats, pieces: Ints) -> Refinement | None:
    """Find by how much ``b`` is behind ``a``, where it is little; None where too little is there.

    Parameters
    ----------
    a, b
        Values on one grid; NaN where missing.
    left
        By how much ``a`` was moved too little already [samples].
    pieces
        The piece of the path that each sample lies in: no segment crosses into another.
    """
    spectra = _spectra(a, b, left, pieces)
    if spectra is None:
        return None
    weights = _weights(spectra)
    if not weights.any():
        return None
    information = 2 * _INDEPENDENT * len(spectra.middles)
    tried = np.exp(1j * np.outer(_TRIED, spectra.turns))
    whole = spectra.shared.sum(axis=0) * weights
    heights = (tried @ whole).real
    sign = np.sign(heights[np.argmax(np.abs(heights))])  # one of both may be wired the other way round
    sharpness = information * max(_best_offset(whole * sign, spectra.turns, tried)[1], 0.0)
    rows = []
    for group in _groups(spectra, most=int(sharpness * _CLEAR**2)):
        together = spectra.shared[group].sum(axis=0) * weights * sign
        offset, bend = _best_offset(together, spectra.turns, tried)
        if bend > 0 and abs(offset) < _TRIED[-1]:  # nights of a solar plant, say, tell little
            rows.append((spectra.middles[group].mean(), offset, 1 / np.sqrt(information * bend)))
    if not rows:
        return None
    middles, offsets, errors = np.array(rows).T
    return Refinement(middles, offsets, errors)


def _groups(spectra: _Spectra, most: int) -> list[Ints]:
    """Segments of one piece beside each other, few enough groups that each shows its offset clearly."""
    count = len(spectra.middles)
    wanted = max(1, min(_MOST_GROUPS, most, count // 4))
    found = []
    for piece in np.unique(spectra.pieces):
        own = np.flatnonzero(spectra.pieces == piece)
        found += np.array_split(own, max(1, round(wanted * len(own) / count)))
    return found


def _weights(spectra: _Spectra) -> Floats:
    """What each frequency counts: γ² / (1 - γ²) of its coherence γ, over what is shared; 0 where chance makes it."""
    size = np.arange(len(spectra.turns))
    low, high = np.maximum(size - size // _WIDTH - 1, 0), np.minimum(size + size // _WIDTH + 2, len(size))
    count = np.maximum(_INDEPENDENT * len(spectra.middles) * (high - low), 2.0)
    shared, own, other = (_summed(part.sum(axis=0), low, high) for part in (spectra.shared, spectra.own, spectra.other))
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.nan_to_num(np.abs(shared) ** 2 / (own * other).real)
    raw[raw <= 1 - (_ANY / len(size)) ** (1 / (count - 1))] = 0.0
    coherence = np.clip(raw - (1 - raw) / count, 0.0, _MOST_SHARED)
    strength = coherence / (1 - coherence)
    around = np.abs(shared) / (high - low)
    return np.where(around > 0, strength / np.where(around > 0, around, 1.0), 0.0)


def _summed(values: Complex | Floats, low: Ints, high: Ints) -> Complex:
    """Sums over the frequencies around each."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    return np.asarray(sums[high] - sums[low], dtype=np.complex128)


def _best_offset(weighted: Complex, turns: Floats, tried: Complex) -> tuple[float, float]:
    """Where the weighted phases agree best, and how sharp that is."""
    offset = float(_TRIED[np.argmax((tried @ weighted).real)])
    bend = 0.0
    for _ in range(4):
        turned = weighted * np.exp(1j * turns * offset)
        slope = -float(turns @ turned.imag)
        bend = float(turns**2 @ turned.real)
        if bend <= 0:
            break
        offset += float(np.clip(slope / bend, -0.2, 0.2))
    return offset, bend


def _spectra(a: Floats, b: Floats, left: Floats, pieces: Ints) -> _Spectra | None:
    first, second = changes_of(a), changes_of(b)
    known = first.known & second.known
    count = len(known)
    length = int(min(_LONGEST, max(_SHORTEST, 1 << max(int(known.sum()) // 12, 1).bit_length() - 1)))
    if count < length:
        return None
    starts = np.arange(0, count - length + 1, length // 2)
    sums = np.concatenate(([0], np.cumsum(known)))
    whole = (sums[starts + length] - sums[starts] >= _KNOWN * length) & (pieces[starts] == pieces[starts + length - 1])
    starts = starts[whole]
    if not len(starts):
        return None
    window = np.hanning(length + 1)[:-1]
    at = starts[:, None] + np.arange(length)
    spectrum_a = np.fft.rfft(first.values[at] * window, axis=1)[:, 1:]  # gaps of each are its own: one mask for
    spectrum_b = np.fft.rfft(second.values[at] * window, axis=1)[:, 1:]  # both would be alike at no offset
    turns = 2 * np.pi * np.arange(1, length // 2 + 1) / length
    moved = np.exp(1j * np.outer(left[at].mean(axis=1), turns))
    shared = np.conj(spectrum_a) * spectrum_b * moved
    return _Spectra(
        starts + length / 2, shared, np.abs(spectrum_a) ** 2, np.abs(spectrum_b) ** 2, turns, pieces[starts]
    )
