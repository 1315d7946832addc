"""The built-in fields and sections of each category.

Ids, types, titles and numbers are those of `op item template get` and `list`.
A field that stands outside any section needs no section in an item; all other
built-in fields name theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, SectionDict


class TemplateField(NamedTuple):
    """One built-in field; `section_id` is `None` outside any section."""

    id: str
    field_type: str
    title: str
    section_id: str | None


class CategoryTemplate(NamedTuple):
    """The built-in parts of one category.

    Attributes:
        number: Of the category in `op item template list`, empty where it is not listed there.
        name: For people.
        sections: Titles by id.
        fields: By id, in order.
    """

    number: str
    name: str
    sections: Mapping[str, str]
    fields: Mapping[str, TemplateField]


def template_of(category: str) -> CategoryTemplate:
    """Return what is built into a category; nothing for one that is not known."""
    return templates().get(category, _NOTHING)


@cache
def templates() -> Mapping[str, CategoryTemplate]:
    """Return the template of each category, by its name in the SDK, in order of their numbers."""
    return MappingProxyType(dict(_read_template(text) for text in _TABLE.strip().split("\n\n")))


def default_parts(category: str) -> tuple[list[FieldDict], list[SectionDict]]:
    """Return the empty built-in fields and the sections with which an item of a category begins."""
    template = template_of(category)
    fields = [make_field(field) for field in template.fields.values()]
    sections: list[SectionDict] = [
        {"id": one, "title": title} for one, title in template.sections.items()
    ]
    return fields, sections


def make_field(field: TemplateField) -> FieldDict:
    """Return an empty built-in field as items hold it."""
    made: FieldDict = {
        "id": field.id,
        "title": field.title,
        "fieldType": field.field_type,
        "value": "",
    }
    if field.section_id is not None:
        made["sectionId"] = field.section_id
    return made


def _read_template(text: str) -> tuple[str, CategoryTemplate]:
    """Read one block of the table: a line for the category, then sections and fields."""
    first, *lines = text.splitlines()
    category, number, name = first.split(" ", 2)
    sections: dict[str, str] = {}
    fields: dict[str, TemplateField] = {}
    section: str | None = None
    for line in (row.strip() for row in lines):
        if line.startswith("["):
            section, _, title = line[1:].partition("] ")
            sections[section] = title
        else:
            identifier, field_type, *words = line.split(" ", 2)
            title = words[0] if words else identifier
            fields[identifier] = TemplateField(identifier, field_type, title, section)
    number = "" if number == _UNLISTED else number
    return category, CategoryTemplate(number, name, sections, fields)


_NOTHING: Final = CategoryTemplate("", "", {}, {})
_UNLISTED: Final = "-"

# Category, number, name; then `[section] its title`, and `field type title` (the id, if no title).
# `op` lists no template for Person, the last.
_TABLE: Final = """
Login 001 Login
  username Text
  password Concealed

CreditCard 002 Credit Card
  cardholder Text cardholder name
  type CreditCardType
  ccnum CreditCardNumber number
  cvv Concealed verification number
  expiry MonthYear expiry date
  validFrom MonthYear valid from
  [contactInfo] Contact Information
  bank Text issuing bank
  phoneLocal Phone phone (local)
  phoneTollFree Phone phone (toll free)
  phoneIntl Phone phone (intl)
  website Url
  [details] Additional Details
  pin Concealed PIN
  creditLimit Text credit limit
  cashLimit Text cash withdrawal limit
  interest Text interest rate
  issuenumber Text issue number

SecureNote 003 Secure Note

Identity 004 Identity
  [name] Identification
  firstname Text first name
  initial Text
  lastname Text last name
  gender Text
  birthdate Date birth date
  occupation Text
  company Text
  department Text
  jobtitle Text job title
  [address] Address
  address Address
  defphone Phone default phone
  homephone Phone home
  cellphone Phone cell
  busphone Phone business
  [internet] Internet Details
  username Text
  reminderq Text reminder question
  remindera Text reminder answer
  email Text
  website Text
  icq Text ICQ
  skype Text
  aim Text AOL/AIM
  yahoo Text Yahoo
  msn Text MSN
  forumsig Text forum signature

Password 005 Password
  password Concealed

Document 006 Document

SoftwareLicense 100 Software License
  product_version Text version
  reg_code Text license key
  [customer] Customer
  reg_name Text licensed to
  reg_email Email registered email
  company Text
  [publisher] Publisher
  download_link Url download page
  publisher_name Text publisher
  publisher_website Url website
  retail_price Text retail price
  support_email Email support email
  [order] Order
  order_date Date purchase date
  order_number Text order number
  order_total Text order total

BankAccount 101 Bank Account
  bankName Text bank name
  owner Text name on account
  accountType Menu type
  routingNo Text routing number
  accountNo Text account number
  swift Text SWIFT
  iban Text IBAN
  telephonePin Concealed PIN
  [branchInfo] Branch Information
  branchPhone Phone phone
  branchAddress Text address

Database 102 Database
  database_type Menu type
  hostname Text server
  port Text
  database Text
  username Text
  password Concealed
  sid Text SID
  alias Text
  options Text connection options

DriverLicense 103 Driver License
  fullname Text full name
  address Text
  birthdate Date date of birth
  gender Text
  height Text
  number Text
  class Text license class
  conditions Text conditions / restrictions
  state Text
  country Text
  expiry_date MonthYear expiry date

OutdoorLicense 104 Outdoor License
  name Text full name
  valid_from Date valid from
  expires Date
  game Text approved wildlife
  quota Text maximum quota
  state Text
  country Text

Membership 105 Membership
  org_name Text group
  website Url
  phone Phone telephone
  member_name Text member name
  member_since MonthYear member since
  expiry_date MonthYear expiry date
  membership_no Text member ID
  pin Concealed PIN

Passport 106 Passport
  type Text
  issuing_country Text issuing country
  number Text
  fullname Text full name
  gender Text
  nationality Text
  issuing_authority Text issuing authority
  birthdate Date date of birth
  birthplace Text place of birth
  issue_date Date issued on
  expiry_date Date expiry date

Rewards 107 Reward Program
  company_name Text company name
  member_name Text member name
  membership_no Text member ID
  pin Concealed PIN
  [extra] More Information
  additional_no Text member ID (additional)
  member_since MonthYear member since
  customer_service_phone Phone customer service phone
  reservations_phone Phone phone for reservations
  website Url

SocialSecurityNumber 108 Social Security Number
  name Text
  number Concealed

Router 109 Wireless Router
  name Text base station name
  password Concealed base station password
  server Text server / IP address
  airport_id Text AirPort ID
  network_name Text network name
  wireless_security Menu wireless security
  wireless_password Concealed wireless network password
  disk_password Concealed attached storage password

Server 110 Server
  url Text URL
  username Text
  password Concealed
  [admin_console] Admin Console
  admin_console_url Text admin console URL
  admin_console_username Text admin console username
  admin_console_password Concealed console password
  [hosting_provider_details] Hosting Provider
  name Text
  website Text
  support_contact_url Text support URL
  support_contact_phone Text support phone

Email 111 Email Account
  pop_type Menu type
  pop_username Text username
  pop_server Text server
  pop_port Text port number
  pop_password Concealed password
  pop_security Menu security
  pop_authentication Menu auth method
  [SMTP] SMTP
  smtp_server Text SMTP server
  smtp_port Text port number
  smtp_username Text username
  smtp_password Concealed password
  smtp_security Menu security
  smtp_authentication Menu auth method
  [Contact Information] Contact Information
  provider Text
  provider_website Text provider's website
  phone_local Text phone (local)
  phone_tollfree Text phone (toll free)

ApiCredentials 112 API Credential
  username Text
  credential Concealed
  type Menu
  filename Text
  validFrom Date valid from
  expires Date
  hostname Text

MedicalRecord 113 Medical Record
  date Date
  location Text
  healthcareprofessional Text healthcare professional
  patient Text
  reason Text reason for visit
  [medication] medication
  medication Text
  dosage Text
  notes Text medication notes

SshKey 114 SSH Key
  private_key SshKey private key

CryptoWallet 115 Crypto Wallet
  recoveryPhrase Concealed recovery phrase
  password Concealed
  [wallet] Wallet
  walletAddress Text wallet address

Person - Person
"""
