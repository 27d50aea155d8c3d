from prunebench.api import ReportTemplate, hookimpl


@hookimpl
def prunebench_report_templates() -> list[ReportTemplate]:
    return [
        ReportTemplate(
            name="neurips-checklist",
            paper="NeurIPS Paper Checklist, 2024, the questions about experiments",
            about="Drafts the experimental part of the NeurIPS checklist from what a run recorded.",
            formats=("html", "md"),
            package="prunebench_plugins.templates",
            folder="pages",
        )
    ]
