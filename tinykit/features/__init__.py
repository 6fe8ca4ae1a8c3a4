"""Front ends as parts: what stands between a sensor and a network, in Python and in C that agree."""

from tinykit.features.bandpass import BandPass
from tinykit.features.cepstrum import Cepstra, cepstrum
from tinykit.features.frontend import FrontEnd
from tinykit.features.images import ImageFrontEnd
from tinykit.features.levels import Levels
from tinykit.features.mel import Mel, MelFrontEnd
from tinykit.features.morlet import Morlet
from tinykit.features.signals import SignalFrontEnd
from tinykit.features.sound import SoundFrontEnd
from tinykit.features.wavelets import WaveletFrontEnd

__all__ = [
    "BandPass",
    "Cepstra",
    "FrontEnd",
    "ImageFrontEnd",
    "Levels",
    "Mel",
    "MelFrontEnd",
    "Morlet",
    "SignalFrontEnd",
    "SoundFrontEnd",
    "WaveletFrontEnd",
    "cepstrum",
]
