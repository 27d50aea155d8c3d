"""Artifacts by key: safetensors and JSON, written aside and renamed."""
