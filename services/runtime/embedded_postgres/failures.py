class EmbeddedPostgresError(RuntimeError):
    """The message is meant for whoever typed the command."""


class AlreadyRunningError(EmbeddedPostgresError):
    """Another process runs the server of this state directory; `database()` would share it."""


class CannotStartError(EmbeddedPostgresError):
    pass
