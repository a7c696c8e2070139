"""What goes wrong in a way that the user can put right."""


class SetupError(Exception):
    """Something that the user can put right.

    :param cause: what happened
    :param remedy: what to do about it
    """

    def __init__(self, cause, remedy=""):
        super().__init__(cause)
        self.remedy = remedy
