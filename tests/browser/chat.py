"""The chat page of the running house, as an employee uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from bot.responses import label, say
from connectors.web.session import COOKIE
from servicedesk.conversations import Conversation
from servicedesk.directory.port import Account
from tests.house import House

# What was said since the employee's newest message.
ANSWERS = (
    "xpath=//div[@id='log']/article[not(contains(@class, 'employee'))]"
    "[not(following-sibling::article[contains(@class, 'employee')])]"
)
SIDEWAYS = """() => Math.max(...[document.documentElement, document.getElementById("log")]
  .map((box) => box.scrollWidth - box.clientWidth))"""


class Chat:
    """One employee in a conversation of their own. `language` is the one that replies are expected in."""

    def __init__(self, page: Page, house: House, username: str, language: str, *, cookie: str = "") -> None:
        """`cookie`: signed in already; else chosen among the demo's people."""
        self.page = page
        self.house = house
        self.username = username
        self.language = language
        if cookie:
            page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": house.settings.chat_url}])
        page.goto(f"{house.settings.chat_url}/webhooks/web/")
        if not cookie:
            page.locator("#people button", has_text=self.account.display_name).click()
        expect(page.locator("#starters button")).to_have_count(4)

    @property
    def account(self) -> Account:
        account = self.house.services.directory.find_by_username(self.username)
        assert account
        return account

    @property
    def conversation(self) -> Conversation:
        conversation = self.house.services.conversations.latest_of(self.account.id)
        assert conversation
        return conversation

    @property
    def answers(self) -> Locator:
        return self.page.locator(ANSWERS)

    def write(self, words: str) -> None:
        self.page.locator("#text").fill(words)
        self.page.locator("#text").press("Enter")

    def press(self, name: str, /, **values: str) -> None:
        """The button with this label of responses/ below the newest answers."""
        title = label(name, self.language).format(**values)
        self.answers.get_by_role("button", name=title, exact=True).last.click()

    def enter_code(self, code: str) -> None:
        """Into the field that is open."""
        field = self.page.locator("#log .code-field:visible input")
        field.fill(code)
        field.press("Enter")

    def reads(self, response: str, /, **values: object) -> None:
        """Wait for this one of responses/ among the answers."""
        self.reads_text(self.first_line(response, **values))

    def reads_text(self, text: str) -> None:
        expect(self.answers.filter(has_text=text)).to_be_visible()

    def first_line(self, response: str, /, **values: object) -> str:
        """Of this one of responses/, as it is read: bold is seen and not spelt."""
        return str(say(response, self.language, **values)["text"]).replace("**", "").splitlines()[0]

    def reads_reference(self) -> str:
        """Wait for the reference of the case that was just opened."""
        return self.answers.locator(".reference strong").inner_text()

    def overflow(self) -> int:
        """By how many pixels something would have to be scrolled sideways."""
        return int(self.page.evaluate(SIDEWAYS))
