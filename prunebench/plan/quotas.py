"""Write quotas as JSON and read them back."""

from collections.abc import Mapping

from prunebench.core.digest import Json
from prunebench.core.quota import LikeMask, Overall, PerLayer, Positive, Quota, Within


def quota_spec(quota: Quota) -> dict[str, Json]:
    """Write a quota as JSON; `read_quota` is the inverse."""
    if isinstance(quota, PerLayer):
        return {"per_layer": dict(quota.counts)}
    if isinstance(quota, Overall):
        return {"overall": quota.count}
    if isinstance(quota, Positive):
        return {"positive": True}
    if isinstance(quota, LikeMask):
        return {"like": quota.stage}
    return {"within": quota.density, "of": quota.of}


def read_quota(spec: Mapping[str, Json]) -> Quota:
    """Read a quota from JSON."""
    match spec:
        case {"per_layer": dict() as counts}:
            return PerLayer({name: int(str(count)) for name, count in counts.items()})
        case {"overall": int() as count}:
            return Overall(count)
        case {"positive": True}:
            return Positive()
        case {"like": str() as stage}:
            return LikeMask(stage)
        case {"within": float() | int() as density, "of": "params" | "macs" | "units" as of}:
            return Within(float(density), of)
    msg = f"not a quota: {spec}"
    raise ValueError(msg)
