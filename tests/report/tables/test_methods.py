import json

from prunebench.report.tables.methods import methods_table, protocols_table
from prunebench.report.view import make_report


def texts(table):
    """Give a table as lines of texts, without its headings."""
    return [[str(cell) for cell in row] for row in table.rows]


def settings(name, **more):
    """Give the settings of a row as planning writes them."""
    protocol = {"name": "finetune", "start": "trained", "budget": "finetune", "lr": 0.001}
    return {"method": {"name": name, "settings": more}, "between": {}, "protocol": protocol}


def test_every_resolved_setting_is_said(make_row):
    """Which curvature was used stands in the report, also where it is the default."""
    told = settings("obd", curvature="gn_diag", samples=1000, prune_biases=False, plan="")
    rows = [
        make_row(method="obd", granularity="weight", scope="global", settings=told, seed=s)
        for s in (0, 1)
    ]
    line = 'curvature = gn_diag, samples = 1000, prune_biases = false, plan = ""'

    assert texts(methods_table(rows, {})) == [["obd", "weight", "global", line, "–"]]


def test_sources_have_a_column_where_a_run_recorded_them(make_row, make_grid):
    """Methods and protocols have names of their own."""
    row = make_row(settings=settings("obd"), method="obd")
    papers = {"method obd": "LeCun et al. 1990", "protocol finetune": "Li et al. 2017"}

    assert texts(methods_table([row], papers))[0][1] == "LeCun et al. 1990"
    assert texts(protocols_table(make_grid([row]), papers))[0][1] == "Li et al. 2017"
    assert texts(methods_table([row], {"method snip": "x"}))[0][1] == "–"


def test_what_happens_between_rounds_is_said(make_row):
    """Rewinding and fine-tuning between rounds are different methods."""
    rewound = settings("a") | {"between": {"rewind": 500}}
    tuned = settings("b") | {"between": {"finetune": {"steps": 100, "lr": 0.001}}}
    table = methods_table([make_row(settings=rewound), make_row(settings=tuned)], {})

    assert [line[-1] for line in texts(table)] == [
        "rewinding to step 500, training again",
        "fine-tuning: steps = 100, lr = 0.001",
    ]


def test_a_control_is_listed_once_and_last(make_row):
    """Its settings are the same whatever it is held against; from scratch it is the method."""
    controls = [
        make_row(
            method=f"random-mask like {of}",
            method_id="random-mask",
            control_of=of,
            settings=settings("random-mask", scope="layer"),
        )
        for of in ("obd", "magnitude")
    ]
    scratch = make_row(method="obd", control_of="obd", settings=settings("obd"))
    table = methods_table(
        [*controls, make_row(method="obd", settings=settings("obd")), scratch], {}
    )

    assert [line[0] for line in texts(table)] == ["obd", "random-mask"]
    assert table.muted == {1}


def test_protocols_in_words(make_row, make_grid):
    """Start and length in words, numbers as they were resolved."""
    row = make_row(settings=settings("obd"))
    odd = make_row(protocol="odd", settings={"protocol": {"start": "new", "cap": None}})

    assert texts(protocols_table(make_grid([row, odd]), {})) == [
        ["finetune", "the trained weights", "fine-tuning", "lr = 0.001"],
        ["odd", "new", "–", "cap = none"],
    ]


def test_rows_without_settings_have_no_tables(make_row, make_grid):
    """Settings of a stranger's row may be anything."""
    rows = [make_row(), make_row(settings={"method": [1], "protocol": "x"})]

    assert methods_table(rows, {}) is None
    assert protocols_table(make_grid(rows), {}) is None


def test_methods_stand_in_the_report(record, make_row):
    """Once for the whole run; the settings survive JSON."""
    row = make_row(settings=json.loads(json.dumps(settings("obd", curvature="fisher"))))
    report = make_report(record, [row])

    assert report.appendix[0].title == "Methods"
    assert "Protocols" in [table.title for table in report.sections[0].details]
