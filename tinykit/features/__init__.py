"""Front ends as parts: what stands between a sensor and a network, in Python and in C that agree."""

from tinykit.features.bandpass import BandPass
from tinykit.features.levels import Levels
from tinykit.features.morlet import Morlet
from tinykit.features.wavelets import WaveletFrontEnd

__all__ = ["BandPass", "Levels", "Morlet", "WaveletFrontEnd"]
