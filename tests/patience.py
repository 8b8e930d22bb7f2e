"""A plugin of pytest: nbval waits five seconds for an output, and a busy machine takes longer."""

from nbval.plugin import IPyNbCell


def pytest_collection_modifyitems(items):
    for item in items:
        if isinstance(item, IPyNbCell):
            item.output_timeout = 120
