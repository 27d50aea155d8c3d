from prunebench.report.figures.layer_figure import layer_figure


def test_a_layer_that_a_method_lacks_is_left_blank(make_row, make_grid, read_svg):
    """Methods may prune different layers; a blank is not 0 %."""
    rows = [
        make_row(method="a", layer_densities={"conv1": 0.5}),
        make_row(method="b", layer_densities={"conv2": 0.25}),
    ]
    texts = read_svg(layer_figure(make_grid(rows), "s").svg)

    assert {"conv1", "conv2"} <= set(texts)
    assert texts.count("50") + texts.count("25") == 2  # two cells


def test_colours_are_explained_where_numbers_do_not(make_row, make_grid, read_svg):
    """A map of few lines has numbers or, if its layers are too many, a bar; a high one has both."""
    wide = {f"conv{n}": 0.5 for n in range(20)}
    few, high, many = (
        read_svg(layer_figure(make_grid(rows), "s").svg)
        for rows in (
            [make_row(layer_densities={"conv": 0.5})],
            [make_row(target=f"0.{n}", layer_densities={"conv": 0.5}) for n in range(1, 6)],
            [make_row(layer_densities=wide)],
        )
    )

    assert "kept (%)" not in few
    assert "kept (%)" in high
    assert "kept (%)" in many


def test_many_layers_are_drawn_small(make_row, make_grid):
    """A deep network's map becomes a picture in the SVG, without a number in each cell."""
    layers = {f"layer{n}.conv": n / 300 for n in range(1, 260)}
    rows = [make_row(density=d / 10, target=f"{d}", layer_densities=layers) for d in range(1, 9)]
    svg = layer_figure(make_grid(rows), "s").svg

    assert "<image" in svg
    assert len(svg) < 200_000
