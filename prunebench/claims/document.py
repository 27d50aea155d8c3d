"""Judgements as JSON, for machines."""

from prunebench.claims.claim import PUBLISHED, digest
from prunebench.claims.finding import Behind, Finding, Judgement
from prunebench.core.digest import Json


def to_document(judgement: Judgement, declared: str = "") -> dict[str, Json]:
    """Give a judgement as a JSON object.

    Parameters
    ----------
    judgement
        What was decided.
    declared
        When the claim was declared, in words; empty for printed numbers.
    """
    claim, entry = judgement.claim, judgement.claim.entries.get(judgement.entry)
    return {
        "id": claim.id,
        "title": claim.title,
        "section": claim.section,
        "papers": claim.papers,
        "about": claim.about,
        "entry": judgement.entry,
        "digest": digest(entry) if entry else None,
        "declared": declared,
        "verdict": judgement.verdict,
        **({"expected": claim.expected} if judgement.entry == PUBLISHED else {}),
        "remarks": list(judgement.remarks),
        "tests": [test_document(finding) for finding in judgement.findings],
    }


def test_document(finding: Finding) -> dict[str, Json]:
    """Give a finding as a JSON object; estimates of logarithms stay logarithms."""
    test = finding.test
    return {
        "title": finding.title,
        "rule": test.rule,
        "quantity": test.quantity,
        "unit": finding.unit,
        "margin": test.margin,
        "decides": finding.decides,
        "verdict": finding.verdict,
        "alternative": finding.alternative,
        "n": finding.n,
        "estimate": finding.estimate,
        "interval": [finding.low, finding.high],
        "p": finding.p,
        "holm_p": finding.adjusted,
        "family": finding.family,
        "signed_rank_p": finding.cross_check,
        "detectable": finding.detectable,
        "cells": [behind_document(one) for one in finding.behind],
        "notes": list(finding.notes),
    }


def behind_document(behind: Behind) -> dict[str, Json]:
    """Give one side of a test as a JSON object."""
    return {
        "cell": behind.label,
        "mean": behind.mean,
        "sd": behind.sd,
        "n": behind.n,
        "source": list(behind.source),
    }
