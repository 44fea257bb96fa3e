"""The whole table, group by group."""
import attributes
import attributes_more
import header
import messages
import nlri
import opens
import side

GROUPS = {"Header and transport": header, "OPEN and capabilities": opens,
          "UPDATE framing and NLRI": nlri, "Attributes": attributes,
          "Other messages": messages, "Side channels": side}


def grouped():
    """(group, rows) in order."""
    for name, module in GROUPS.items():
        rows = list(module.ROWS)
        if module is attributes:
            rows += attributes_more.ROWS
        yield name, sorted(rows, key=lambda row: row.case)


def rows():
    return [row for _, group in grouped() for row in group]
