"""Frames, figures and one HTML file, made from stored attempts alone. Imports no backend."""
