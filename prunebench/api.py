"""The names plugin authors may use; everything else may change."""

from prunebench.contracts.dataset import Dataset, DatasetInfo
from prunebench.contracts.hook import API_VERSION, hookimpl
from prunebench.contracts.method import Method, Round
from prunebench.contracts.metric import Metric, Outputs, Tested
from prunebench.contracts.model import Model, Shape
from prunebench.contracts.observer import StageEvent
from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.contracts.regularizer import Regularizer, Search
from prunebench.contracts.report_template import ReportTemplate
from prunebench.contracts.settings import setting
from prunebench.contracts.subject import GroupView, Sampler, Scores, Subject
from prunebench.core.allocation import allocate
from prunebench.core.channel_selection import ChannelSelection
from prunebench.core.digest import Json
from prunebench.core.granularity import Granularity, Scope
from prunebench.core.initialise import fans, glorot_normal, kernels, norms, reset_norms
from prunebench.core.layout import ChannelGroup, Layer, Layout, Span
from prunebench.core.mask import Mask
from prunebench.core.quota import (
    Overall,
    PerLayer,
    Positive,
    Quota,
    Within,
    overall,
    removed,
    uniform,
)
from prunebench.core.sample import Sample
from prunebench.core.schedule import Ladder, exact
from prunebench.core.target import Automatic, Density, Plan, Target
from prunebench.core.vision import torchvision
from prunebench.training.images import Images, Preprocessing, Split

__all__ = [
    "API_VERSION",
    "Automatic",
    "Budget",
    "ChannelGroup",
    "ChannelSelection",
    "Dataset",
    "DatasetInfo",
    "Density",
    "Granularity",
    "GroupView",
    "Images",
    "Json",
    "Ladder",
    "Layer",
    "Layout",
    "Mask",
    "Method",
    "Metric",
    "Model",
    "Outputs",
    "Overall",
    "PerLayer",
    "Plan",
    "Positive",
    "Preprocessing",
    "Protocol",
    "Quota",
    "Regularizer",
    "ReportTemplate",
    "Round",
    "Sample",
    "Sampler",
    "Scope",
    "Scores",
    "Search",
    "Shape",
    "Span",
    "Split",
    "StageEvent",
    "Start",
    "Subject",
    "Target",
    "Tested",
    "Within",
    "allocate",
    "exact",
    "fans",
    "glorot_normal",
    "hookimpl",
    "kernels",
    "norms",
    "overall",
    "removed",
    "reset_norms",
    "setting",
    "torchvision",
    "uniform",
]
