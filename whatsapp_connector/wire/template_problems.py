"""What can be wrong with a template: one rule a problem, said so that it can be mended.

A rule is an error where WhatsApp is known to refuse, a warning where it may, or where
a phone or a computer shows less than was meant. :mod:`template_rules` applies them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .translate import _lt


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one part of a template, and how to mend it.

    ``field``: ``name``, ``language``, ``category``, ``header``, ``body``, ``footer``,
    ``buttons`` or ``variables``. ``sentence`` is English and marked for translation;
    ``values`` fill its ``%(name)s``. A problem of one button has its ``position``
    there, from 1. ``severity``: ``error``, ``warning``.
    """

    field: str
    code: str
    sentence: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    severity: str = "error"


@dataclass(frozen=True)
class Rule:
    """A rule of WhatsApp; ``field`` is empty for those that hold in several parts."""

    code: str
    field: str
    sentence: str
    severity: str = "error"

    def broken(self, part: str = "", **values: Any) -> Problem:
        """The rule is broken in ``part`` (by default its own)."""
        return Problem(
            field=part or self.field,
            code=self.code,
            sentence=self.sentence,
            values=values,
            severity=self.severity,
        )


# -- name, language, category ----------------------------------------------------------

NAME_MISSING = Rule(
    "name_missing",
    "name",
    _lt("The template has no name. Give it one, such as ticket_update."),
)
NAME_CHARACTERS = Rule(
    "name_characters",
    "name",
    _lt(
        "A name has only lower-case letters (a to z), digits and underscores. "
        "Call it %(suggestion)s, for instance."
    ),
)
NAME_LONG = Rule(
    "name_long",
    "name",
    _lt("The name has %(length)s characters, %(limit)s are allowed. Shorten it."),
)
LANGUAGE_MISSING = Rule(
    "language_missing", "language", _lt("Choose the language of the text.")
)
LANGUAGE_FORM = Rule(
    "language_form",
    "language",
    _lt(
        "%(language)s is not a language of WhatsApp. Its codes look like ca or en_US: "
        "choose one of the list."
    ),
)
CATEGORY_MISSING = Rule(
    "category_missing",
    "category",
    _lt("Choose what the template is for: utility, marketing or authentication."),
)
CATEGORY_UNKNOWN = Rule(
    "category_unknown",
    "category",
    _lt(
        "WhatsApp has no category %(category)s. "
        "Choose utility, marketing or authentication."
    ),
)
CATEGORY_NOT_OFFERED = Rule(
    "category_not_offered",
    "category",
    _lt(
        "This account can't submit templates of this category. "
        "Choose another category, or another account."
    ),
)

# -- variables -------------------------------------------------------------------------

VARIABLE_EMPTY = Rule(
    "variable_empty",
    "",
    _lt(
        "There is nothing between the braces of %(text)s. Write a number or a name, "
        "such as {{1}} or {{first_name}}."
    ),
)
VARIABLE_NAME = Rule(
    "variable_name",
    "",
    _lt(
        "%(text)s is not a variable: between the braces there is a number, or "
        "lower-case letters (a to z) and underscores, without spaces. "
        "Write %(suggestion)s."
    ),
)
VARIABLE_BRACES = Rule(
    "variable_braces",
    "",
    _lt(
        "The braces at %(text)s don't match. A variable has two on each side, such as "
        "{{1}} or {{first_name}}; there can be no other braces."
    ),
)
VARIABLE_NUMBERS = Rule(
    "variable_numbers",
    "",
    _lt(
        "Variables are numbered from 1 without gaps, and {{%(missing)s}} is missing. "
        "Use it, or give the others new numbers."
    ),
)
VARIABLES_MIXED = Rule(
    "variables_mixed",
    "variables",
    _lt(
        "Variables have either numbers or names in the whole of a template: "
        "{{%(number)s}} and {{%(name)s}} can't go together. Rename one of them."
    ),
)
VARIABLE_UNUSED = Rule(
    "variable_unused",
    "variables",
    _lt(
        "The variable %(name)s stands nowhere in the text. Remove it, "
        "or write {{%(name)s}} where its value belongs."
    ),
    "warning",
)
SAMPLE_MISSING_HEADER = Rule(
    "sample_missing_header",
    "variables",
    _lt(
        "{{%(name)s}} of the header has no sample. WhatsApp's reviewers want one: "
        "write what it could say."
    ),
)
SAMPLE_MISSING_BODY = Rule(
    "sample_missing_body",
    "variables",
    _lt(
        "The text has no sample for %(names)s. WhatsApp's reviewers want one: "
        "write what it could say."
    ),
)
SAMPLE_MISSING_BUTTON = Rule(
    "sample_missing_button",
    "variables",
    _lt(
        "The address of button %(position)s has no sample for {{%(name)s}}. WhatsApp's "
        "reviewers want one: write how the address could end."
    ),
)
SAMPLE_SPACES = Rule(
    "sample_spaces",
    "variables",
    _lt(
        "The sample of {{%(name)s}} has a line break, a tab or more than four spaces "
        "in a row. Write it in one line."
    ),
)
VALUE_EMPTY = Rule(
    "value_empty",
    "variables",
    _lt("The value is empty, and WhatsApp takes no empty ones. Fill it in."),
)
VALUE_SPACES = Rule(
    "value_spaces",
    "variables",
    _lt(
        "The value has a line break, a tab or more than four spaces in a row. "
        "Write it in one line."
    ),
)

# -- header ----------------------------------------------------------------------------

HEADER_NOT_OFFERED = Rule(
    "header_not_offered",
    "header",
    _lt("This account can't submit headers of this kind. Choose another kind."),
)
HEADER_MISSING = Rule(
    "header_missing",
    "header",
    _lt("The header has no text. Write one, or choose to have no header."),
)
HEADER_LONG = Rule(
    "header_long",
    "header",
    _lt("The header has %(length)s characters, %(limit)s are allowed. Shorten it."),
)
HEADER_VARIABLES = Rule(
    "header_variables",
    "header",
    _lt(
        "The header can have one variable, not %(count)s. "
        "Move the others to the text below."
    ),
)
HEADER_LINE_BREAK = Rule(
    "header_line_break",
    "header",
    _lt("The header can't have line breaks. Write it in one line."),
)
HEADER_EMOJI = Rule(
    "header_emoji",
    "header",
    _lt("The header can't have emojis. Remove %(text)s, or move it to the text below."),
)
HEADER_FORMATTING = Rule(
    "header_formatting",
    "header",
    _lt(
        "The header is bold already and can't be formatted. "
        "Remove the marks at %(text)s."
    ),
)
HEADER_SAMPLE_MISSING = Rule(
    "header_sample_missing",
    "header",
    _lt(
        "The header has no file. WhatsApp's reviewers want a sample: "
        "add one that resembles what you will send."
    ),
)
HEADER_IMAGE_TYPE = Rule(
    "header_image_type",
    "header",
    _lt("The picture of a header must be JPEG or PNG. Convert %(filename)s to one."),
)
HEADER_VIDEO_TYPE = Rule(
    "header_video_type",
    "header",
    _lt("The video of a header must be MP4. Convert %(filename)s to it."),
)
HEADER_DOCUMENT_TYPE = Rule(
    "header_document_type",
    "header",
    _lt("The document of a header must be PDF. Convert %(filename)s to it."),
)
HEADER_FILE_LARGE = Rule(
    "header_file_large",
    "header",
    _lt(
        "%(filename)s has %(size)s MB, %(limit)s MB are allowed. Choose a smaller file."
    ),
)
HEADER_LOCATION = Rule(
    "header_location",
    "header",
    _lt(
        "This is no place on Earth. Write a latitude from -90 to 90 and a longitude "
        "from -180 to 180."
    ),
)

# -- body ------------------------------------------------------------------------------

BODY_MISSING = Rule(
    "body_missing", "body", _lt("The template has no text. Write the message.")
)
BODY_LONG = Rule(
    "body_long",
    "body",
    _lt("The text has %(length)s characters, %(limit)s are allowed. Shorten it."),
)
BODY_START = Rule(
    "body_start",
    "body",
    _lt(
        "The text can't begin with a variable. Write a word before it, such as "
        "Hello {{%(name)s}}."
    ),
)
BODY_START_MARK = Rule(
    "body_start_mark",
    "body",
    _lt(
        "Only punctuation comes before the first variable, and WhatsApp may refuse "
        "that as a text beginning with one. Write a word before {{%(name)s}}."
    ),
    "warning",
)
BODY_END = Rule(
    "body_end",
    "body",
    _lt(
        "The text can't end with a variable. Write a closing sentence after "
        "{{%(name)s}}."
    ),
)
BODY_END_MARK = Rule(
    "body_end_mark",
    "body",
    _lt(
        "Only punctuation comes after the last variable, and WhatsApp may refuse that "
        "as a text ending with one. Write a closing sentence after {{%(name)s}}."
    ),
    "warning",
)
BODY_ADJACENT = Rule(
    "body_adjacent",
    "body",
    _lt(
        "{{%(first)s}} and {{%(second)s}} touch. Write words between them, "
        "or make them one variable."
    ),
)
BODY_ADJACENT_SPACE = Rule(
    "body_adjacent_space",
    "body",
    _lt(
        "Only a space is between {{%(first)s}} and {{%(second)s}}, and WhatsApp may "
        "refuse that. Write words between them, or make them one variable."
    ),
    "warning",
)
BODY_RATIO = Rule(
    "body_ratio",
    "body",
    _lt(
        "The text is short for its %(count)s variables, and WhatsApp may refuse it: "
        "it has %(words)s other words, and should have %(needed)s. Say more, "
        "or use fewer variables."
    ),
    "warning",
)
BODY_LINES = Rule(
    "body_lines",
    "body",
    _lt(
        "There is more than one empty line in a row, and WhatsApp may refuse that. "
        "Leave one."
    ),
    "warning",
)
BODY_ENDS_BLANK = Rule(
    "body_ends_blank",
    "body",
    _lt(
        "The text begins or ends with spaces or line breaks, and WhatsApp may refuse "
        "that. Remove them."
    ),
    "warning",
)
BODY_SPACES = Rule(
    "body_spaces",
    "body",
    _lt(
        "The text has a tab or more than four spaces in a row, and WhatsApp may "
        "refuse that. Leave one space."
    ),
    "warning",
)
BODY_EMOJIS = Rule(
    "body_emojis",
    "body",
    _lt(
        "The text has %(count)s emojis, and WhatsApp may refuse more than %(limit)s. "
        "Remove some."
    ),
    "warning",
)

# -- footer ----------------------------------------------------------------------------

FOOTER_LONG = Rule(
    "footer_long",
    "footer",
    _lt("The footer has %(length)s characters, %(limit)s are allowed. Shorten it."),
)
FOOTER_VARIABLE = Rule(
    "footer_variable",
    "footer",
    _lt("The footer can't have variables or braces. Move %(text)s to the text above."),
)
FOOTER_LINE_BREAK = Rule(
    "footer_line_break",
    "footer",
    _lt("The footer can't have line breaks. Write it in one line."),
)
FOOTER_EMOJI = Rule(
    "footer_emoji",
    "footer",
    _lt("The footer can't have emojis. Remove %(text)s, or move it to the text above."),
)

# -- buttons ---------------------------------------------------------------------------

BUTTONS_MANY = Rule(
    "buttons_many",
    "buttons",
    _lt("There are %(count)s buttons, %(limit)s are allowed. Remove some."),
)
BUTTONS_URL = Rule(
    "buttons_url",
    "buttons",
    _lt(
        "There are %(count)s buttons that open an address, %(limit)s are allowed. "
        "Remove some."
    ),
)
BUTTONS_PHONE = Rule(
    "buttons_phone",
    "buttons",
    _lt("There are %(count)s buttons that call a number, one is allowed. Leave one."),
)
BUTTONS_COPY_CODE = Rule(
    "buttons_copy_code",
    "buttons",
    _lt("There are %(count)s buttons that copy a code, one is allowed. Leave one."),
)
BUTTONS_MIXED = Rule(
    "buttons_mixed",
    "buttons",
    _lt(
        "Quick replies must follow one another. Move the other buttons "
        "before or after all of them."
    ),
)
BUTTONS_DESKTOP = Rule(
    "buttons_desktop",
    "buttons",
    _lt(
        "WhatsApp for computers shows no buttons if there are four or more, or quick "
        "replies and other ones together: only phones will show these. Have fewer, or "
        "of one sort, if that matters."
    ),
    "warning",
)
BUTTON_NOT_OFFERED = Rule(
    "button_not_offered",
    "buttons",
    _lt(
        "Button %(position)s: this account can't submit buttons of this kind. "
        "Choose another kind, or remove it."
    ),
)
BUTTON_TEXT_MISSING = Rule(
    "button_text_missing",
    "buttons",
    _lt("Button %(position)s has no text. Write what it says."),
)
BUTTON_TEXT_LONG = Rule(
    "button_text_long",
    "buttons",
    _lt(
        "The text of button %(position)s has %(length)s characters, %(limit)s are "
        "allowed. Shorten it."
    ),
)
BUTTON_TEXT_VARIABLE = Rule(
    "button_text_variable",
    "buttons",
    _lt(
        "The text of button %(position)s can't have variables or braces. "
        "Remove %(text)s."
    ),
)
BUTTON_TEXT_LINE_BREAK = Rule(
    "button_text_line_break",
    "buttons",
    _lt(
        "The text of button %(position)s can't have line breaks. Write it in one line."
    ),
)
BUTTON_TEXT_EMOJI = Rule(
    "button_text_emoji",
    "buttons",
    _lt("The text of button %(position)s can't have emojis. Remove %(text)s."),
)
BUTTON_TEXT_FORMATTING = Rule(
    "button_text_formatting",
    "buttons",
    _lt(
        "The text of button %(position)s can't be formatted. "
        "Remove the marks at %(text)s."
    ),
)
BUTTON_TEXT_TWICE = Rule(
    "button_text_twice",
    "buttons",
    _lt("Two buttons say %(text)s. Give each a text of its own."),
)
URL_MISSING = Rule(
    "url_missing",
    "buttons",
    _lt("Button %(position)s has no address. Write it, such as https://example.com."),
)
URL_FORM = Rule(
    "url_form",
    "buttons",
    _lt(
        "The address of button %(position)s is not one that a customer can open. It "
        "begins with https:// or http://, goes on with the name of a public site, and "
        "has no spaces: such as https://example.com/orders."
    ),
)
URL_LONG = Rule(
    "url_long",
    "buttons",
    _lt(
        "The address of button %(position)s has %(length)s characters, %(limit)s are "
        "allowed. Shorten it."
    ),
)
URL_VARIABLES = Rule(
    "url_variables",
    "buttons",
    _lt(
        "The address of button %(position)s can have one variable, not %(count)s. "
        "Leave the one at its end."
    ),
)
URL_VARIABLE_PLACE = Rule(
    "url_variable_place",
    "buttons",
    _lt(
        "The variable must be the end of the address of button %(position)s, after "
        "the site's name and a slash: such as https://example.com/orders/{{1}}."
    ),
)
URL_SAMPLE = Rule(
    "url_sample",
    "variables",
    _lt(
        "With its sample, the address of button %(position)s is not one that can be "
        "opened. Write only what stands in place of {{%(name)s}}, without spaces: "
        "such as S00042."
    ),
)
URL_WHATSAPP = Rule(
    "url_whatsapp",
    "buttons",
    _lt(
        "Button %(position)s opens WhatsApp itself, which WhatsApp may refuse. Use a "
        "quick reply or a call button, or the address of your site."
    ),
    "warning",
)
PHONE_MISSING = Rule(
    "phone_missing",
    "buttons",
    _lt("Button %(position)s has no phone number. Write it, such as +34931234567."),
)
PHONE_FORM = Rule(
    "phone_form",
    "buttons",
    _lt(
        "%(phone)s on button %(position)s is no phone number that everybody can call. "
        "Write it with a plus sign and the code of the country, such as +34931234567."
    ),
)
PHONE_SPACES = Rule(
    "phone_spaces",
    "buttons",
    _lt("The number of button %(position)s has digits only. Write %(suggestion)s."),
)
CODE_MISSING = Rule(
    "code_missing",
    "buttons",
    _lt("Button %(position)s has no code to copy. Write a sample, such as SAVE10."),
)
CODE_LONG = Rule(
    "code_long",
    "buttons",
    _lt(
        "The code of button %(position)s has %(length)s characters, %(limit)s are "
        "allowed. Shorten it."
    ),
)

# -- authentication --------------------------------------------------------------------

AUTHENTICATION_BODY = Rule(
    "authentication_body",
    "body",
    _lt(
        "WhatsApp writes the text of an authentication template itself. Empty it, "
        "or choose another category."
    ),
)
AUTHENTICATION_HEADER = Rule(
    "authentication_header",
    "header",
    _lt("An authentication template can't have a header. Choose to have none."),
)
AUTHENTICATION_FOOTER = Rule(
    "authentication_footer",
    "footer",
    _lt(
        "WhatsApp writes the footer of an authentication template itself. Empty it, "
        "and set the minutes that the code is valid instead."
    ),
)
AUTHENTICATION_BUTTONS = Rule(
    "authentication_buttons",
    "buttons",
    _lt(
        "An authentication template has one button, which copies the code. "
        "Add it if it is missing, and remove all others."
    ),
)
AUTHENTICATION_MINUTES = Rule(
    "authentication_minutes",
    "body",
    _lt(
        "A code can be valid for %(least)s to %(most)s minutes, not %(minutes)s. "
        "Change that, or write 0 to say nothing about it."
    ),
)

# -- when it is sent -------------------------------------------------------------------

RENDERED_BODY_LONG = Rule(
    "rendered_body_long",
    "body",
    _lt(
        "With its values the text has %(length)s characters, %(limit)s are allowed. "
        "Shorten a value."
    ),
)
RENDERED_HEADER_LONG = Rule(
    "rendered_header_long",
    "header",
    _lt(
        "With its value the header has %(length)s characters, %(limit)s are allowed. "
        "Shorten the value."
    ),
)
RENDERED_URL_LONG = Rule(
    "rendered_url_long",
    "buttons",
    _lt(
        "With its value the address of button %(position)s has %(length)s characters, "
        "%(limit)s are allowed. Shorten the value."
    ),
)
