"""Let dbt-spark run Python models in the session that it has open itself.

dbt imports modules of this prefix as it starts. dbt-spark runs Python models on
Databricks alone; its method `session` gets a way to do so here, and `target.method`
says to the project which method there is. Where a session lacks Java, it says so; on
this machine its workers are of the Python that dbt runs in.
"""

import os
import shutil
import sys
from importlib.util import find_spec
from typing import Any

if find_spec("dbt.adapters.spark"):
    from dbt.adapters.base.impl import PythonJobHelper
    from dbt.adapters.spark.connections import (
        SparkConnectionManager,
        SparkConnectionMethod,
        SparkCredentials,
    )
    from dbt.adapters.spark.impl import SparkAdapter
    from dbt_common.exceptions import DbtRuntimeError

    class SessionJob(PythonJobHelper):
        """Runs the compiled code of a Python model in the active Spark session."""

        def __init__(self, parsed_model: dict[str, Any], credential: Any) -> None:
            """Take what dbt gives."""
            self.name = parsed_model["name"]
            self.credential = credential

        def submit(self, compiled_code: str) -> None:
            """Run the code, which writes its table itself."""
            from pyspark.sql import SparkSession  # noqa: PLC0415 - the method has it

            code = compile(compiled_code, self.name, "exec")
            exec(code, {"__name__": self.name, "spark": SparkSession.active()})  # noqa: S102

    own_methods = SparkAdapter.python_submission_helpers.fget
    own_default = SparkAdapter.default_python_submission_method.fget
    own_keys = SparkCredentials._connection_keys  # noqa: SLF001
    own_open = SparkConnectionManager.open

    def methods(self: Any) -> dict[str, Any]:
        """Return what runs Python models, by the name of the method."""
        return {**own_methods(self), "session": SessionJob}

    def default_method(self: Any) -> str:
        """Return how a model is run that does not say how."""
        method = self.connections.profile.credentials.method
        return "session" if method == "session" else own_default(self)

    def connection_keys(self: Any) -> tuple[str, ...]:
        """Return what `target` tells of a connection."""
        return (*own_keys(self), "method")

    def opened(connection: Any) -> Any:
        """Open a connection; raise DbtRuntimeError where a session has no Java."""
        credentials = connection.credentials
        is_remote = "spark.remote" in credentials.server_side_parameters
        if (
            credentials.method == SparkConnectionMethod.SESSION
            and not (is_remote or "SPARK_REMOTE" in os.environ)
            and not ("JAVA_HOME" in os.environ or shutil.which("java"))
        ):
            message = "Spark needs Java 17 or newer: install it, or set JAVA_HOME"
            raise DbtRuntimeError(message)
        master = str(credentials.server_side_parameters.get("spark.master", ""))
        if master.startswith("local"):
            # Else what judges values is run by the first python3 that is found.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        return own_open(connection)

    SparkAdapter.python_submission_helpers = property(methods)
    SparkAdapter.default_python_submission_method = property(default_method)
    SparkCredentials._connection_keys = connection_keys  # noqa: SLF001
    SparkConnectionManager.open = staticmethod(opened)
