"""WhatsApp's rules for templates: text, verdict, and the sentence that mends it."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.wire import template_problems
from odoo.addons.whatsapp_connector.wire.items import Location
from odoo.addons.whatsapp_connector.wire.outbound import Capabilities, OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    BUTTONS,
    CATEGORIES,
    HEADERS,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
    find_placeholders,
)
from odoo.addons.whatsapp_connector.wire.template_rules import (
    check,
    check_rendered,
    check_value,
    clean_value,
)

EVERYTHING = Capabilities(
    templates=True,
    template_headers=HEADERS,
    template_buttons=BUTTONS,
    template_categories=CATEGORIES,
    media_limit={"document": 1 << 20},
)
LITTLE = Capabilities(templates=True)

FIELDS = {
    "name",
    "language",
    "category",
    "header",
    "body",
    "footer",
    "buttons",
    "variables",
}
RULES = {
    rule.code: rule
    for rule in vars(template_problems).values()
    if isinstance(rule, template_problems.Rule)
}


def a_template(samples=None, **parts):
    """A template without a fault, but for ``parts``; all variables have samples."""
    template = Template(
        **{
            "name": "ticket_update",
            "language": "en_US",
            "category": "utility",
            "body": "Your ticket has news. Thank you.",
            **parts,
        }
    )
    if "variables" in parts:
        return template
    places = {"body": template.body, "header": template.header_text}
    for position, button in enumerate(template.buttons):
        places[f"button:{position}"] = button.url
    variables = [
        TemplateVariable(place=place, name=name, sample=(samples or {}).get(name, "S1"))
        for place, text in places.items()
        for name in find_placeholders(text)
    ]
    return replace(template, variables=tuple(variables))


def a_file(kind, mimetype, size=1000):
    return OutboundMedia(
        kind=kind, url="", mimetype=mimetype, filename="sample.bin", size=size
    )


def reply(text, **parts):
    return TemplateButton(kind="quick_reply", text=text, **parts)


def link(url, text="Open"):
    return TemplateButton(kind="url", text=text, url=url)


def call(phone, text="Call us"):
    return TemplateButton(kind="phone", text=text, phone=phone)


def code(sample):
    return TemplateButton(kind="copy_code", code=sample)


def read(problem):
    """What a person reads, and how grave it is."""
    return problem.severity, problem.field, problem.sentence % problem.values


def find(problems, wanted):
    return [problem for problem in problems if problem.code == wanted]


# Code of the rule, what breaks it, and what its author reads.
IDENTITY = [
    (
        "name_missing",
        {"name": ""},
        "The template has no name. Give it one, such as ticket_update.",
    ),
    (
        "name_characters",
        {"name": "Ticket Actualització"},
        "A name has only lower-case letters (a to z), digits and underscores. "
        "Call it ticket_actualitzacio, for instance.",
    ),
    (
        "name_characters",
        {"name": "更新"},
        "A name has only lower-case letters (a to z), digits and underscores. "
        "Call it ticket_update, for instance.",
    ),
    (
        "name_long",
        {"name": "a" * 513},
        "The name has 513 characters, 512 are allowed. Shorten it.",
    ),
    ("language_missing", {"language": ""}, "Choose the language of the text."),
    (
        "language_form",
        {"language": "en-US"},
        "en-US is not a language of WhatsApp. Its codes look like ca or en_US: "
        "choose one of the list.",
    ),
    (
        "category_missing",
        {"category": ""},
        "Choose what the template is for: utility, marketing or authentication.",
    ),
    (
        "category_unknown",
        {"category": "service"},
        "WhatsApp has no category service. "
        "Choose utility, marketing or authentication.",
    ),
]
VARIABLES = [
    (
        "variable_empty",
        {"body": "Hello {{ }}, your ticket has news."},
        "There is nothing between the braces of {{ }}. Write a number or a name, "
        "such as {{1}} or {{first_name}}.",
    ),
    *(
        (
            "variable_name",
            {"body": f"Hello {wrong}, your ticket has news."},
            f"{wrong} is not a variable: between the braces there is a number, or "
            "lower-case letters (a to z) and underscores, without spaces. "
            f"Write {right}.",
        )
        for wrong, right in [
            ("{{First Name}}", "{{first_name}}"),
            ("{{NAME}}", "{{name}}"),
            ("{{ 1 }}", "{{1}}"),
            ("{{01}}", "{{1}}"),
            ("{{adreça-2}}", "{{adreca}}"),
            ("{{#}}", "{{name}}"),
            ("{{1000}}", "{{name}}"),
        ]
    ),
    *(
        (
            "variable_braces",
            {"body": f"Hello {wrong}, your ticket has news."},
            f"The braces at {wrong.partition(',')[0]} don't match. A variable has two "
            "on each side, such as {{1}} or {{first_name}}; there can be no other "
            "braces.",
        )
        for wrong in ["{{1}", "{1}", "{{1", "1}}"]
    ),
    (
        "variable_braces",
        {"header": "text", "header_text": "Ticket {1}"},
        "The braces at {1} don't match. A variable has two on each side, such as "
        "{{1}} or {{first_name}}; there can be no other braces.",
    ),
    (
        "variable_braces",
        {"buttons": (link("https://example.com/{1}"),)},
        "The braces at {1} don't match. A variable has two on each side, such as "
        "{{1}} or {{first_name}}; there can be no other braces.",
    ),
    (
        "variable_numbers",
        {"body": "Hello {{1}}, your ticket {{3}} has news for you today. Thanks."},
        "Variables are numbered from 1 without gaps, and {{2}} is missing. "
        "Use it, or give the others new numbers.",
    ),
    (
        "variable_numbers",
        {"buttons": (link("https://example.com/{{2}}"),)},
        "Variables are numbered from 1 without gaps, and {{1}} is missing. "
        "Use it, or give the others new numbers.",
    ),
    (
        "variables_mixed",
        {"body": "Hello {{first_name}}, your ticket {{1}} has news. Thank you."},
        "Variables have either numbers or names in the whole of a template: "
        "{{1}} and {{first_name}} can't go together. Rename one of them.",
    ),
    (
        "variables_mixed",
        {
            "header": "text",
            "header_text": "Ticket {{number}}",
            "body": "Hello {{1}}, your ticket has news.",
        },
        "Variables have either numbers or names in the whole of a template: "
        "{{1}} and {{number}} can't go together. Rename one of them.",
    ),
    (
        "variable_unused",
        {"variables": (TemplateVariable(place="body", name="name", sample="Ana"),)},
        "The variable name stands nowhere in the text. Remove it, "
        "or write {{name}} where its value belongs.",
    ),
    (
        "sample_missing_header",
        {"header": "text", "header_text": "Ticket {{1}}", "variables": ()},
        "{{1}} of the header has no sample. WhatsApp's reviewers want one: "
        "write what it could say.",
    ),
    (
        "sample_missing_body",
        {"body": "Hello {{1}}, your ticket has news.", "samples": {"1": " "}},
        "The text has no sample for {{1}}. WhatsApp's reviewers want one: "
        "write what it could say.",
    ),
    (
        "sample_missing_body",
        {"body": "Hello {{1}}, your {{2}} has news on {{3}}.", "samples": {"2": " "}},
        "The text has no sample for {{2}}. WhatsApp's reviewers want one: "
        "write what it could say.",
    ),
    (
        "sample_missing_body",
        {"body": "Hello {{a}}, your {{b}} has news at last.", "variables": ()},
        "The text has no sample for {{a}}, {{b}}. WhatsApp's reviewers want one: "
        "write what it could say.",
    ),
    (
        "sample_missing_button",
        {"buttons": (link("https://example.com/{{1}}"),), "variables": ()},
        "The address of button 1 has no sample for {{1}}. WhatsApp's "
        "reviewers want one: write how the address could end.",
    ),
    *(
        (
            "sample_spaces",
            {"body": "Hello {{1}}, your ticket has news.", "samples": {"1": sample}},
            "The sample of {{1}} has a line break, a tab or more than four spaces "
            "in a row. Write it in one line.",
        )
        for sample in ["Ana\nPuig", "Ana\tPuig", "Ana     Puig"]
    ),
]
HEADER = [
    (
        "header_missing",
        {"header": "text", "header_text": " "},
        "The header has no text. Write one, or choose to have no header.",
    ),
    (
        "header_long",
        {"header": "text", "header_text": "a" * 61},
        "The header has 61 characters, 60 are allowed. Shorten it.",
    ),
    (
        "header_variables",
        {"header": "text", "header_text": "Ticket {{1}} of {{2}}"},
        "The header can have one variable, not 2. Move the others to the text below.",
    ),
    (
        "header_line_break",
        {"header": "text", "header_text": "Ticket\nnews"},
        "The header can't have line breaks. Write it in one line.",
    ),
    *(
        (
            "header_emoji",
            {"header": "text", "header_text": f"News {emoji} today"},
            f"The header can't have emojis. Remove {emoji}, "
            "or move it to the text below.",
        )
        for emoji in ["🎉", "☎️", "👍🏽", "🇪🇸", "1️⃣", "👩‍👧‍👦", "❤️"]
    ),
    *(
        (
            "header_formatting",
            {"header": "text", "header_text": f"Big {marked}"},
            f"The header is bold already and can't be formatted. "
            f"Remove the marks at {marked}.",
        )
        for marked in ["*news*", "_news_", "~news~", "```news```", "*"]
    ),
    *(
        (
            "header_sample_missing",
            {"header": kind},
            "The header has no file. WhatsApp's reviewers want a sample: "
            "add one that resembles what you will send.",
        )
        for kind in ["image", "video", "document"]
    ),
    (
        "header_image_type",
        {"header": "image", "header_media": a_file("image", "image/webp")},
        "The picture of a header must be JPEG or PNG. Convert sample.bin to one.",
    ),
    (
        "header_video_type",
        {"header": "video", "header_media": a_file("video", "video/3gpp")},
        "The video of a header must be MP4. Convert sample.bin to it.",
    ),
    (
        "header_document_type",
        {"header": "document", "header_media": a_file("document", "text/plain")},
        "The document of a header must be PDF. Convert sample.bin to it.",
    ),
    (
        "header_file_large",
        {"header": "image", "header_media": a_file("image", "image/png", 6 << 20)},
        "sample.bin has 6.0 MB, 5 MB are allowed. Choose a smaller file.",
    ),
    (  # the account's own limit
        "header_file_large",
        {
            "header": "document",
            "header_media": a_file("document", "application/pdf", 3 << 19),
        },
        "sample.bin has 1.5 MB, 1 MB are allowed. Choose a smaller file.",
    ),
    (
        "header_location",
        {"header": "location", "header_location": Location(latitude=91, longitude=0)},
        "This is no place on Earth. Write a latitude from -90 to 90 and a longitude "
        "from -180 to 180.",
    ),
]
BODY = [
    ("body_missing", {"body": "\n "}, "The template has no text. Write the message."),
    (
        "body_long",
        {"body": "a" * 1025},
        "The text has 1025 characters, 1024 are allowed. Shorten it.",
    ),
    (
        "body_start",
        {"body": " {{1}}, your ticket has news."},
        "The text can't begin with a variable. Write a word before it, such as "
        "Hello {{1}}.",
    ),
    *(
        (
            "body_start_mark",
            {"body": f"{start}{{{{1}}}}, your ticket has news."},
            "Only punctuation comes before the first variable, and WhatsApp may refuse "
            "that as a text beginning with one. Write a word before {{1}}.",
        )
        for start in ["*", "¡", "~", "(“"]
    ),
    (
        "body_end",
        {"body": "Your ticket has news for you, {{1}}\n"},
        "The text can't end with a variable. Write a closing sentence after {{1}}.",
    ),
    *(
        (
            "body_end_mark",
            {"body": f"Your ticket has news for you, {{{{1}}}}{end}"},
            "Only punctuation comes after the last variable, and WhatsApp may refuse "
            "that as a text ending with one. Write a closing sentence after {{1}}.",
        )
        for end in [".", "!*", "…\n"]
    ),
    (
        "body_adjacent",
        {"body": "Hello dear {{first}}{{last}}, your ticket has news for you."},
        "{{first}} and {{last}} touch. Write words between them, "
        "or make them one variable.",
    ),
    (
        "body_adjacent_space",
        {"body": "Hello dear {{1}} {{2}}, your ticket has news for you."},
        "Only a space is between {{1}} and {{2}}, and WhatsApp may "
        "refuse that. Write words between them, or make them one variable.",
    ),
    (
        "body_ratio",
        {"body": "Hello {{1}}, order {{2}} came."},
        "The text is short for its 2 variables, and WhatsApp may refuse it: "
        "it has 3 other words, and should have 5. Say more, "
        "or use fewer variables.",
    ),
    (
        "body_lines",
        {"body": "Hello.\n\n\nYour ticket has news."},
        "There is more than one empty line in a row, and WhatsApp may refuse that. "
        "Leave one.",
    ),
    (
        "body_lines",
        {"body": "Hello.\r\n \r\n\r\nYour ticket has news."},
        "There is more than one empty line in a row, and WhatsApp may refuse that. "
        "Leave one.",
    ),
    (
        "body_ends_blank",
        {"body": "\nYour ticket has news."},
        "The text begins or ends with spaces or line breaks, and WhatsApp may refuse "
        "that. Remove them.",
    ),
    *(
        (
            "body_spaces",
            {"body": f"Your ticket{blank}has news."},
            "The text has a tab or more than four spaces in a row, and WhatsApp may "
            "refuse that. Leave one space.",
        )
        for blank in ["\t", " " * 5]
    ),
    (
        "body_emojis",
        {"body": "Hurray " + "🎉" * 9 + "👩‍👧‍👦🇪🇸 it is done."},
        "The text has 11 emojis, and WhatsApp may refuse more than 10. Remove some.",
    ),
]
FOOTER = [
    (
        "footer_long",
        {"footer": "a" * 61},
        "The footer has 61 characters, 60 are allowed. Shorten it.",
    ),
    (
        "footer_variable",
        {"footer": "Helpdesk of {{1}}"},
        "The footer can't have variables or braces. Move {{1}} to the text above.",
    ),
    (
        "footer_variable",
        {"footer": "Helpdesk }"},
        "The footer can't have variables or braces. Move } to the text above.",
    ),
    (
        "footer_line_break",
        {"footer": "Helpdesk\nBarcelona"},
        "The footer can't have line breaks. Write it in one line.",
    ),
    (
        "footer_emoji",
        {"footer": "Helpdesk 🎉"},
        "The footer can't have emojis. Remove 🎉, or move it to the text above.",
    ),
]
ADDRESS_FORM = (
    "The address of button 1 is not one that a customer can open. It "
    "begins with https:// or http://, goes on with the name of a public site, and "
    "has no spaces: such as https://example.com/orders."
)
ADDRESS_PLACE = (
    "The variable must be the end of the address of button 1, after "
    "the site's name and a slash: such as https://example.com/orders/{{1}}."
)
BUTTONS_CASES = [
    (
        "buttons_many",
        {"buttons": tuple(reply(f"Answer {n}") for n in range(11))},
        "There are 11 buttons, 10 are allowed. Remove some.",
    ),
    (
        "buttons_url",
        {"buttons": tuple(link("https://example.com", f"Open {n}") for n in range(3))},
        "There are 3 buttons that open an address, 2 are allowed. Remove some.",
    ),
    (
        "buttons_phone",
        {"buttons": (call("+34931234567"), call("+34931234567", "Ring us"))},
        "There are 2 buttons that call a number, one is allowed. Leave one.",
    ),
    (
        "buttons_copy_code",
        {"buttons": (code("SAVE10"), code("SAVE20"))},
        "There are 2 buttons that copy a code, one is allowed. Leave one.",
    ),
    (
        "buttons_mixed",
        {"buttons": (reply("Yes"), link("https://example.com"), reply("No"))},
        "Quick replies must follow one another. Move the other buttons "
        "before or after all of them.",
    ),
    *(
        (
            "buttons_desktop",
            {"buttons": buttons},
            "WhatsApp for computers shows no buttons if there are four or more, or "
            "quick replies and other ones together: only phones will show these. Have "
            "fewer, or of one sort, if that matters.",
        )
        for buttons in [
            tuple(reply(f"Answer {n}") for n in range(4)),
            (reply("Yes"), link("https://example.com")),
        ]
    ),
    (
        "button_text_missing",
        {"buttons": (reply("Yes"), reply(" "))},
        "Button 2 has no text. Write what it says.",
    ),
    (
        "button_text_long",
        {"buttons": (reply("a" * 26),)},
        "The text of button 1 has 26 characters, 25 are allowed. Shorten it.",
    ),
    (
        "button_text_variable",
        {"buttons": (reply("Yes, {{1}}"),)},
        "The text of button 1 can't have variables or braces. Remove {{1}}.",
    ),
    (
        "button_text_line_break",
        {"buttons": (reply("Yes\nplease"),)},
        "The text of button 1 can't have line breaks. Write it in one line.",
    ),
    (
        "button_text_emoji",
        {"buttons": (reply("Yes 👍🏽"),)},
        "The text of button 1 can't have emojis. Remove 👍🏽.",
    ),
    (
        "button_text_formatting",
        {"buttons": (reply("Yes *now*"),)},
        "The text of button 1 can't be formatted. Remove the marks at *now*.",
    ),
    (
        "button_text_twice",
        {"buttons": (reply("Yes"), reply("yes "))},
        "Two buttons say yes. Give each a text of its own.",
    ),
    (
        "url_missing",
        {"buttons": (link(""),)},
        "Button 1 has no address. Write it, such as https://example.com.",
    ),
    *(
        ("url_form", {"buttons": (link(url),)}, ADDRESS_FORM)
        for url in [
            "example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://",
            "https://localhost:8069/my",
            "https://example.com/my orders",
            "https://example.com:port/",
            "https://[::1/",
            "https://{{1}}",
        ]
    ),
    (
        "url_long",
        {"buttons": (link("https://example.com/" + "a" * 1981),)},
        "The address of button 1 has 2001 characters, 2000 are allowed. Shorten it.",
    ),
    (
        "url_variables",
        {"buttons": (link("https://example.com/{{1}}/{{2}}"),)},
        "The address of button 1 can have one variable, not 2. "
        "Leave the one at its end.",
    ),
    *(
        ("url_variable_place", {"buttons": (link(url),)}, ADDRESS_PLACE)
        for url in [
            "https://example.com/{{1}}/view",
            "https://example.com{{1}}",
            "https://{{1}}.example.com",
        ]
    ),
    *(
        (
            "url_sample",
            {
                "buttons": (link("https://example.com/{{1}}"),),
                "samples": {"1": sample},
            },
            "With its sample, the address of button 1 is not one that can be opened. "
            "Write only what stands in place of {{1}}, without spaces: such as S00042.",
        )
        for sample in ["https://example.com/S1", "S 1", "a" * 1981]
    ),
    (
        "url_whatsapp",
        {"buttons": (link("https://wa.me/34931234567"),)},
        "Button 1 opens WhatsApp itself, which WhatsApp may refuse. Use a "
        "quick reply or a call button, or the address of your site.",
    ),
    (
        "phone_missing",
        {"buttons": (call(""),)},
        "Button 1 has no phone number. Write it, such as +34931234567.",
    ),
    *(
        (
            "phone_form",
            {"buttons": (call(phone),)},
            f"{phone} on button 1 is no phone number that everybody can call. "
            "Write it with a plus sign and the code of the country, "
            "such as +34931234567.",
        )
        for phone in ["931234567", "0034931234567", "+34", "+349312345678901", "us"]
    ),
    (
        "phone_spaces",
        {"buttons": (call("+34 931 23 45 67"),)},
        "The number of button 1 has digits only. Write +34931234567.",
    ),
    (
        "code_missing",
        {"buttons": (code(""),)},
        "Button 1 has no code to copy. Write a sample, such as SAVE10.",
    ),
    (
        "code_long",
        {"buttons": (code("A" * 16),)},
        "The code of button 1 has 16 characters, 15 are allowed. Shorten it.",
    ),
]
A_CODE = {"category": "authentication", "body": "", "buttons": (code(""),)}
AUTHENTICATION = [
    (
        "authentication_body",
        {**A_CODE, "body": "Your code is ready."},
        "WhatsApp writes the text of an authentication template itself. Empty it, "
        "or choose another category.",
    ),
    (
        "authentication_header",
        {**A_CODE, "header": "text", "header_text": "Code"},
        "An authentication template can't have a header. Choose to have none.",
    ),
    (
        "authentication_footer",
        {**A_CODE, "footer": "Helpdesk"},
        "WhatsApp writes the footer of an authentication template itself. Empty it, "
        "and set the minutes that the code is valid instead.",
    ),
    *(
        (
            "authentication_buttons",
            {**A_CODE, "buttons": buttons},
            "An authentication template has one button, which copies the code. "
            "Add it if it is missing, and remove all others.",
        )
        for buttons in [(), (code(""), link("https://example.com"))]
    ),
    (
        "authentication_minutes",
        {**A_CODE, "code_minutes": 91},
        "A code can be valid for 1 to 90 minutes, not 91. "
        "Change that, or write 0 to say nothing about it.",
    ),
]
CASES = [
    *IDENTITY,
    *VARIABLES,
    *HEADER,
    *BODY,
    *FOOTER,
    *BUTTONS_CASES,
    *AUTHENTICATION,
]
NOT_OFFERED = [
    (
        "category_not_offered",
        A_CODE,
        "This account can't submit templates of this category. "
        "Choose another category, or another account.",
    ),
    (
        "header_not_offered",
        {"header": "text", "header_text": "News"},
        "This account can't submit headers of this kind. Choose another kind.",
    ),
    (
        "button_not_offered",
        {"buttons": (reply("Yes"),)},
        "Button 1: this account can't submit buttons of this kind. "
        "Choose another kind, or remove it.",
    ),
]


@pytest.mark.parametrize("rule, parts, sentence", CASES, ids=[c[0] for c in CASES])
def test_a_broken_rule_is_said_once_with_what_mends_it(rule, parts, sentence):
    found = find(check(a_template(**parts), EVERYTHING), rule)
    assert [problem.sentence % problem.values for problem in found] == [sentence]
    assert found[0].severity == RULES[rule].severity
    assert found[0].field == (RULES[rule].field or found[0].field)


@pytest.mark.parametrize(
    "rule, parts, sentence", NOT_OFFERED, ids=[c[0] for c in NOT_OFFERED]
)
def test_what_the_account_does_not_offer_is_an_error(rule, parts, sentence):
    template = a_template(**parts)
    (found,) = find(check(template, LITTLE), rule)
    assert read(found) == ("error", RULES[rule].field, sentence)
    assert not find(check(template, EVERYTHING), rule)


def test_every_rule_has_a_case():
    cases = {rule for rule, *_rest in [*CASES, *NOT_OFFERED]}
    when_sent = {rule for rule in RULES if rule.startswith(("value_", "rendered_"))}
    assert cases | when_sent == set(RULES)


def test_rules_have_distinct_codes_and_known_parts():
    listed = [
        rule
        for rule in vars(template_problems).values()
        if isinstance(rule, template_problems.Rule)
    ]
    assert len(listed) == len(RULES)
    assert {rule.field for rule in listed} <= FIELDS | {""}
    assert {rule.severity for rule in listed} == {"error", "warning"}


@pytest.mark.parametrize(
    "parts, part",
    [
        ({"body": "Hello {1}, your ticket has news."}, "body"),
        ({"header": "text", "header_text": "Ticket {1}"}, "header"),
        ({"buttons": (link("https://example.com/{1}"),)}, "buttons"),
    ],
)
def test_malformed_variable_is_reported_where_it_stands(parts, part):
    (found,) = find(check(a_template(**parts), EVERYTHING), "variable_braces")
    assert found.field == part


def test_problem_of_a_button_tells_which():
    buttons = (reply("Yes"), call(""))
    (found,) = find(check(a_template(buttons=buttons), EVERYTHING), "phone_missing")
    assert found.values["position"] == 2


GOOD = {
    "plain text": {},
    "numbers": {"body": "Hello {{1}}, your ticket {{2}} has news for you. Thank you."},
    "numbers in another order": {
        "body": "Hello {{2}}, your ticket {{1}} has news for you. Thank you."
    },
    "a variable twice": {
        "body": "Hello {{1}}, your ticket has news. Thank you and goodbye, {{1}}, "
        "until the next time."
    },
    "names": {
        "body": "Hello {{first_name}}, your ticket {{ticket}} has news. Thank you.",
        "header": "text",
        "header_text": "Ticket {{ticket}}!",
    },
    "names, and a number in an address": {
        "body": "Hello {{first_name}}, your ticket has news. Thank you.",
        "buttons": (link("https://example.com/my/{{1}}"),),
    },
    "ten variables": {
        "body": "Dear reader, "
        + " ".join(f"part {n} says {{{{{n}}}}}, and" for n in range(1, 11))
        + " that is all."
    },
    "formatting, lines, an emoji in the text": {
        "body": "Hello *{{1}}* 👋\n\n_Your_ ticket has news.\n- one\n- two"
    },
    "emoji before the first variable": {"body": "👋 {{1}}, your ticket has news."},
    "Chinese, which has no spaces": {
        "body": "您好{{1}}，您的订单{{2}}已经发货，谢谢。",
        "language": "zh_CN",
    },
    "longest allowed": {
        "name": "a" * 512,
        "body": "a" * 1024,
        "header": "text",
        "header_text": "a" * 60,
        "footer": "a" * 60,
        "buttons": (reply("a" * 25),),
    },
    "signs that are no emojis": {
        "header": "text",
        "header_text": "Nº 5, 20 °C, © Us & Co., 10 €",
        "footer": "Us™ – “quoted”",
        "buttons": (reply("Sí, d'acord!"),),
    },
    "names with underscores are not formatting": {
        "header": "text",
        "header_text": "File a_b_c of {{last_name_}}",
    },
    "picture": {"header": "image", "header_media": a_file("image", "image/jpeg")},
    "video": {"header": "video", "header_media": a_file("video", "video/mp4")},
    "document": {
        "header": "document",
        "header_media": a_file("document", "application/PDF; charset=binary"),
    },
    "place": {
        "header": "location",
        "header_location": Location(latitude=41.4, longitude=2.2),
    },
    "place told when it is sent": {"header": "location"},
    "quick replies": {"buttons": (reply("Yes"), reply("No"), reply("Stop"))},
    "actions": {
        "buttons": (
            link("HTTPS://example.com/?order={{1}}", "Order"),
            call("+16505551234"),
            code("SAVE10"),
        )
    },
    "marketing": {"category": "marketing", "language": "fil"},
    "authentication": {**A_CODE, "code_minutes": 90, "security_advice": True},
}


@pytest.mark.parametrize("parts", GOOD.values(), ids=GOOD)
def test_good_template_has_no_problem(parts):
    assert [read(problem) for problem in check(a_template(**parts), EVERYTHING)] == []


def test_actions_before_and_after_quick_replies_only_warn():
    buttons = (link("https://example.com"), reply("Yes"), reply("No"))
    problems = check(a_template(buttons=buttons), EVERYTHING)
    assert [problem.code for problem in problems] == ["buttons_desktop"]


def test_malformed_variable_is_not_also_unused():
    variable = TemplateVariable(place="body", name="NAME", sample="Ana")
    template = a_template(
        body="Hello {{NAME}}, your ticket has news.", variables=(variable,)
    )
    assert [problem.code for problem in check(template, EVERYTHING)] == [
        "variable_name"
    ]


# -- when it is sent -------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "  ", "\n", "\xa0"])
def test_empty_value_is_refused(value):
    assert read(check_value(value)) == (
        "error",
        "variables",
        "The value is empty, and WhatsApp takes no empty ones. Fill it in.",
    )


@pytest.mark.parametrize(
    "value", ["one\ntwo", "one\r\ntwo", "one\ttwo", "one     two", "a\u2028b"]
)
def test_value_that_is_not_one_line_is_refused(value):
    assert read(check_value(value)) == (
        "error",
        "variables",
        "The value has a line break, a tab or more than four spaces in a row. "
        "Write it in one line.",
    )


@pytest.mark.parametrize("value", ["Ana", "S00042", "one    two", "1\xa0234,50\xa0€"])
def test_value_in_one_line_is_taken(value):
    assert check_value(value) is None


@pytest.mark.parametrize(
    "text, value",
    [
        ("Carrer Major, 1\r\n08001  Barcelona\n", "Carrer Major, 1 08001 Barcelona"),
        ("one\ttwo", "one two"),
        ("one          two", "one two"),
        ("1\xa0234,50\u202f€", "1\xa0234,50\u202f€"),
        ("one\xa0\xa0two", "one two"),
        (" \n\t ", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_value_is_cleaned_into_one_line(text, value):
    assert clean_value(text) == value


def fill_in(place, length):
    return (TemplateValue(place=place, name="1", value="a" * length),)


@pytest.mark.parametrize(
    "place, allowed, problem",
    [
        (
            "body",
            1013,
            (
                "error",
                "body",
                "With its values the text has 1025 characters, 1024 are allowed. "
                "Shorten a value.",
            ),
        ),
        (
            "header",
            53,
            (
                "error",
                "header",
                "With its value the header has 61 characters, 60 are allowed. "
                "Shorten the value.",
            ),
        ),
        (
            "button:0",
            1980,
            (
                "error",
                "buttons",
                "With its value the address of button 1 has 2001 characters, "
                "2000 are allowed. Shorten the value.",
            ),
        ),
    ],
)
def test_message_too_long_with_its_values_is_refused(place, allowed, problem):
    template = a_template(
        body="Hello {{1}}. Bye",
        header="text",
        header_text="Ticket {{1}}",
        buttons=(link("https://example.com/{{1}}"),),
    )
    assert check_rendered(template, fill_in(place, allowed)) == []
    (found,) = check_rendered(template, fill_in(place, allowed + 1))
    assert read(found) == problem


# -- whatever is typed -----------------------------------------------------------------

PIECES = [
    "{{",
    "}}",
    "{",
    "}",
    "1",
    "2",
    "a",
    "A",
    "_",
    "*",
    " ",
    "\n",
    "\t",
    "%",
    "%(",
]
PIECES += ["https://", "x.y/", "+34", "931234567", "🎉", "\ufe0f", "\u200d", "[", "é"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text()
BUTTON = st.builds(
    TemplateButton,
    kind=st.sampled_from(BUTTONS) | st.text(),
    text=TEXT,
    url=TEXT,
    phone=TEXT,
    code=TEXT,
)
TEMPLATE = st.builds(
    Template,
    name=TEXT,
    language=TEXT,
    category=st.sampled_from(CATEGORIES) | st.text(),
    body=TEXT,
    header=st.sampled_from(HEADERS) | st.text(),
    header_text=TEXT,
    header_media=st.none()
    | st.builds(
        OutboundMedia,
        kind=st.just("image"),
        url=TEXT,
        mimetype=TEXT,
        filename=TEXT,
        size=st.integers(),
    ),
    header_location=st.none()
    | st.builds(Location, latitude=st.floats(), longitude=st.floats()),
    footer=TEXT,
    buttons=st.lists(BUTTON, max_size=12).map(tuple),
    variables=st.lists(
        st.builds(
            TemplateVariable,
            place=st.sampled_from(["body", "header", "button:0"]) | st.text(),
            name=st.sampled_from(["1", "a"]) | st.text(),
            sample=TEXT,
        ),
        max_size=4,
    ).map(tuple),
    code_minutes=st.integers(),
)


@given(TEMPLATE, st.sampled_from([EVERYTHING, LITTLE]))
def test_whatever_is_typed_gets_sentences(template, capabilities):
    for problem in check(template, capabilities):
        assert problem.field in FIELDS
        assert problem.sentence % problem.values
        assert problem.code in RULES


@given(TEXT)
@example("\x1c")
@example("\u2028a\x85b")
def test_clean_value_is_taken_unless_blank(text):
    value = clean_value(text)
    assert (check_value(value) is None) == bool(text.strip())
    assert clean_value(value) == value
