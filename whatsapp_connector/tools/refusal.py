class Refusal(str):
    """Why something can't be sent, as a sentence for whoever wants it sent.

    ``kind`` tells sentences of one sort from others where there are many of them.
    """

    __slots__ = ("kind",)

    def __new__(cls, kind, sentence):
        refusal = super().__new__(cls, sentence)
        refusal.kind = kind
        return refusal
