"""Every rule, the gravest first."""

from __future__ import annotations

from typing import Final

from . import answers, days, links, neighbours, phrasings, translations
from .finding import Rule

RULES: Final = (
    Rule(
        "two-answers",
        "error",
        "Two entries have the same question and different answers. Customers are asked which of the two they mean and "
        "see the same words twice, or read the wrong answer.",
        "Keep the question in the entry that should answer it. Where both are right, word the two questions so that "
        "they say what sets them apart.",
        phrasings.two_answers,
    ),
    Rule(
        "broken-link",
        "error",
        "Customers see words where a link should be, or the link's source.",
        "Write the link as [words](https://...) without a space between; mailto: and tel: work too.",
        links.broken_link,
    ),
    Rule(
        "lookalike-host",
        "error",
        "The address looks like another one. That is how customers are led to a stranger's page.",
        "Type the address anew, by hand. Where it is right, let the words of the link name the host it leads to.",
        links.lookalike_host,
    ),
    Rule(
        "closer-to-neighbour",
        "warning",
        "Customers who ask for this entry in words of their own mostly come to its neighbour.",
        "Merge the two where one answer serves both. Otherwise give this entry more phrasings with the words that only "
        "its customers use, and move those that fit the neighbour better.",
        neighbours.closer_to_neighbour,
        listens=True,
    ),
    Rule(
        "answered-elsewhere",
        "warning",
        "Customers who put it a little differently get another entry's answer at once.",
        "Add a phrasing or two that are like the one named and say what sets this entry apart; or move the phrasing to "
        "the entry it fits better.",
        neighbours.answered_elsewhere,
        listens=True,
    ),
    Rule(
        "attracts-everything",
        "warning",
        "Questions that belong to many other entries come to this one.",
        "Split it by matter, or take out phrasings that are so general that they fit everything.",
        neighbours.attracts_everything,
        listens=True,
    ),
    Rule(
        "placeholder",
        "warning",
        "Customers read words that were meant to be replaced.",
        "Write what belongs there, or set enabled: false until it is known.",
        answers.placeholder,
    ),
    Rule(
        "expired",
        "warning",
        "This entry no longer answers. Customers who ask for it get near questions or another entry.",
        "Delete it, set enabled: false, or correct valid_until.",
        days.expired,
    ),
    Rule(
        "unlike-translation",
        "warning",
        "Customers get an answer or a person in one language and not in the other.",
        "Make both entries alike, or give them ids that do not pair.",
        translations.unlike_translation,
    ),
    Rule(
        "unreachable-host",
        "warning",
        "The address may not open for customers, and a bare number looks like a trap.",
        "Write the public name of the page.",
        links.unreachable_host,
    ),
    Rule(
        "plain-http",
        "warning",
        "Others on the same network can read and change the page; browsers warn of it.",
        "Write https:// instead. Where that does not open, ask whoever runs the page.",
        links.plain_http,
    ),
    Rule(
        "empty-title",
        "warning",
        "There is nothing to tap, and a screen reader reads an address letter by letter.",
        "Write in words where the link leads.",
        links.empty_title,
    ),
    Rule(
        "hidden-character",
        "warning",
        "Nobody sees the character, and it may keep a question from being found or turn the order of the letters.",
        "Type that part again.",
        phrasings.hidden_characters,
    ),
    Rule(
        "same-answer",
        "notice",
        "Two entries have the same question and the same answer. Customers are asked which of the two they mean.",
        "Merge them into one.",
        phrasings.same_answer,
    ),
    Rule(
        "refused",
        "notice",
        "Customers who put it a little differently are told that there is no answer.",
        "Add more phrasings that are like the ones named: each should have another one beside it.",
        neighbours.refused,
        listens=True,
    ),
    Rule(
        "scattered",
        "notice",
        "Customers who put it a little differently are answered or asked back with other entries.",
        "Add more phrasings that are like the ones named, with the words that only these customers use.",
        neighbours.scattered,
        listens=True,
    ),
    Rule(
        "few-phrasings",
        "notice",
        "Questions in other words are found less often, and how sure an answer is can hardly be learned from this FAQ.",
        "Write two or more variants, in customers' own words, beginning with the questions that are asked most. "
        "The more they differ from each other, the better.",
        phrasings.few_phrasings,
    ),
    Rule(
        "expires-soon",
        "notice",
        "After that day customers get no answer from this entry.",
        "Correct valid_until if it goes on; otherwise there is nothing to do.",
        days.expires_soon,
    ),
    Rule(
        "not-yet-valid",
        "notice",
        "Until that day customers get no answer from this entry.",
        "Correct valid_from if it should answer now; otherwise there is nothing to do.",
        days.not_yet_valid,
    ),
    Rule(
        "missing-translation",
        "notice",
        "Customers of the other language get no answer, or one in a language they may not read.",
        "Translate the entry and end its id in the language, as in refund and refund-en.",
        translations.missing_translation,
    ),
    Rule(
        "other-language",
        "notice",
        "Customers may get an answer in a language they do not read, or the language was not named.",
        "Correct 'locale'. For a whole file, write it once: 'defaults: {locale: en}' above the entries; in .jsonl, "
        '\'"locale": "en"\' in each line.',
        answers.other_language,
    ),
    Rule(
        "long-answer",
        "notice",
        "Few read so much in a small window.",
        "Answer in the first sentences, link to a page for the rest, or split the entry by question.",
        answers.long_answer,
    ),
    Rule(
        "repeats-question",
        "notice",
        "Customers read their own question before the answer.",
        "Begin with the answer.",
        answers.repeats_question,
    ),
    Rule(
        "repeated-phrasing",
        "notice",
        "A second time teaches nothing: spelling, spacing and typing mistakes are understood anyway.",
        "Delete one, or say it in other words.",
        phrasings.repeated,
    ),
    Rule(
        "odd-id",
        "notice",
        "Customers notice nothing. Such an id is hard to use in addresses, logs and spreadsheets.",
        "Use letters, digits, '.', '_' and '-' alone. A new id begins new statistics.",
        phrasings.odd_id,
    ),
)

BY_NAME: Final = {rule.name: rule for rule in RULES}
