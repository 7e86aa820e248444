"""The same servers as the end-to-end tests, the same reading of responses as the differential test."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ('e2e', 'differential'):
    sys.path.insert(0, os.path.join(HERE, '..', folder))
sys.path.insert(0, HERE)

from server import postgres, running  # noqa: E402,F401
