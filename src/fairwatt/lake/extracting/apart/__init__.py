"""Programs that open what native libraries read, each in a process of its own.

A workbook or a grid file made to do harm can then cost no more than its own process: memory and time are bounded
from outside, and a crash there is an ordinary error here. Of Fairwatt nothing is imported but modules that need the
standard library alone, so that they start at once; each writes plain text files and a ``manifest.json`` into the
folder it is given.
"""
