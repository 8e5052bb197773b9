"""Static files in production: named by their content, compressed, and the modules' imports renamed with them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Rename what a script imports as well: a page kept open during an update never mixes two versions of a module."""

    support_js_module_import_aggregation = True
