"""The resources and their properties, as far as the reference names them (sections 3 to 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a property, as error messages name it."""

    STRING = "String"
    GUID = "Guid"
    INT = "Int32"
    DOUBLE = "Double"
    BOOL = "Boolean"
    DATE = "DateTime"
    BINARY = "Byte[]"
    LINES = "Lines"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. What is sent for one that is not `writable` is ignored without a word."""

    kind: Kind
    writable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource. `methods` are those it has; `must_filter` are the fields one of which a list must name."""

    service: str
    name: str
    key: str
    properties: Mapping[str, Property]
    methods: frozenset[str] = frozenset({"GET"})
    must_filter: frozenset[str] = frozenset()
    indexed: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """`crm/Accounts`."""
        return f"{self.service}/{self.name}"

    @property
    def model(self) -> str:
        """What the far side calls its type."""
        return f"Exact.Web.Api.Models.{self.service.title()}.{self.name.removesuffix('s')}"


_READ = frozenset({"GET"})
_WRITE = frozenset({"GET", "POST", "PUT"})


def properties(text: str) -> dict[str, Property]:
    """Read a table such as `GUID: ID- Account | Int32: Size-`; a minus marks what is read-only."""
    found = {}
    for group in text.split("|"):
        kind, _, names = group.partition(":")
        for name in names.split():
            found[name.rstrip("-")] = Property(Kind(kind.strip()), not name.endswith("-"))
    return found


LINE = properties(
    "Guid: ID- EntryID- GLAccount CostCenter CostUnit Project Asset Subscription"
    "| String: Description Notes VATCode GLAccountCode- GLAccountDescription- VATCodeDescription-"
    "| Double: AmountFC AmountDC- VATAmountFC VATAmountDC- VATBaseAmountFC- VATBaseAmountDC- VATPercentage Quantity"
    "| Int32: LineNumber- Type- Division- | DateTime: From To"
)

ACCOUNTS = Resource(
    service="crm",
    name="Accounts",
    key="ID",
    methods=_WRITE,
    must_filter=frozenset(
        {"Code", "VATNumber", "ChamberOfCommerce", "Email", "Name", "SearchCode", "Status", "Postcode", "ID"}
        | {"Modified", "Created"}
    ),
    indexed=frozenset({"ID", "Code", "VATNumber", "ChamberOfCommerce", "SearchCode", "Name"}),
    properties=properties(
        "Guid: ID- GLAR GLAccountSales InvoiceAccount MainContact Creator- AccountManager"
        "| String: Name Code SearchCode Status VATNumber ChamberOfCommerce Country CountryName- AddressLine1"
        " AddressLine2 AddressLine3 Postcode City State StateName- Email Phone Website Language PaymentConditionSales"
        " SalesVATCode SalesCurrency VATLiability GlnNumber Remarks PeppolIdentifier Type-"
        "| Boolean: IsSupplier IsSales- IsPurchase- Blocked"
        "| Int32: PeppolIdentifierType Division- | DateTime: Created- Modified- StartDate"
    ),
)
CONTACTS = Resource(
    service="crm",
    name="Contacts",
    key="ID",
    methods=_WRITE,
    must_filter=frozenset({"ID", "Account", "Email", "BusinessEmail", "FirstName", "LastName", "Modified", "Created"}),
    indexed=frozenset({"ID", "Account", "Email"}),
    properties=properties(
        "Guid: ID- Account Creator-"
        "| String: FirstName LastName FullName- Email BusinessEmail Phone Mobile Language JobTitleDescription Title"
        " Notes"
        "| Boolean: IsMailingExcluded IsMainContact- | Int32: Division- | DateTime: Created- Modified-"
    ),
)
SALES_ENTRIES = Resource(
    service="salesentry",
    name="SalesEntries",
    key="EntryID",
    methods=_WRITE,
    indexed=frozenset({"EntryID", "Customer", "YourRef", "EntryNumber"}),
    properties=properties(
        "Guid: EntryID Customer Document Creator-"
        "| String: Journal JournalDescription- CustomerName- YourRef Description Currency PaymentCondition"
        " PaymentConditionDescription- PaymentReference ExternalLinkReference ExternalLinkDescription"
        " StatusDescription- TypeDescription-"
        "| Int32: EntryNumber InvoiceNumber OrderNumber BatchNumber ReportingYear ReportingPeriod Status- Type"
        " Division-"
        "| Double: Rate AmountFC- AmountDC- VATAmountFC VATAmountDC- GAccountAmountFC"
        "| Boolean: Reversal IsExtraDuty | DateTime: EntryDate DueDate Created- Modified-"
        "| Lines: SalesEntryLines"
    ),
)
DOCUMENTS = Resource(
    service="documents",
    name="Documents",
    key="ID",
    methods=_WRITE,
    must_filter=frozenset({"ID", "Account", "Subject", "Type", "DocumentDate", "Created", "Modified"}),
    indexed=frozenset({"ID", "Account", "Subject", "FinancialTransactionEntryID"}),
    properties=properties(
        "Guid: ID- Account Category DocumentFolder FinancialTransactionEntryID Creator-"
        "| String: Subject Body Currency Language AccountName- TypeDescription- DocumentViewUrl-"
        "| Int32: Type HID- Division- | Double: AmountFC | Boolean: HasEmptyBody-"
        "| DateTime: DocumentDate Created- Modified-"
    ),
)
ATTACHMENTS = Resource(
    service="documents",
    name="DocumentAttachments",
    key="ID",
    methods=frozenset({"GET", "POST"}),
    must_filter=frozenset({"ID", "Document", "FileName"}),
    indexed=frozenset({"ID", "Document"}),
    properties=properties("Guid: ID- Document | String: FileName Url- | Byte[]: Attachment | Double: FileSize-"),
)

RESOURCES: Mapping[str, Resource] = {
    one.path: one
    for one in (
        ACCOUNTS,
        CONTACTS,
        SALES_ENTRIES,
        DOCUMENTS,
        ATTACHMENTS,
        Resource(
            service="documents",
            name="DocumentTypes",
            key="ID",
            properties=properties(
                "Int32: ID TypeCategory | String: Description"
                "| Boolean: DocumentIsCreatable DocumentIsDeletable DocumentIsUpdatable DocumentIsViewable"
            ),
        ),
        Resource(
            service="financial",
            name="Journals",
            key="ID",
            properties=properties(
                "Guid: ID GLAccount | String: Code Description Currency"
                "| Int32: Type Division | Boolean: AllowVariableCurrency IsBlocked"
            ),
        ),
        Resource(
            service="financial",
            name="GLAccounts",
            key="ID",
            must_filter=frozenset({"ID", "Code", "Type", "Description", "BalanceType", "Modified", "Created"}),
            properties=properties(
                "Guid: ID | String: Code Description BalanceType VATCode TypeDescription"
                "| Int32: Type Division | Boolean: IsBlocked | DateTime: Created Modified"
            ),
        ),
        Resource(
            service="vat",
            name="VATCodes",
            key="ID",
            properties=properties(
                "Guid: ID | String: Code Description Type VATTransactionType EUSalesListing"
                "| Double: Percentage | Boolean: Charged IsBlocked | Int32: ExcludeVATListing Division"
            ),
        ),
        Resource(
            service="cashflow",
            name="PaymentConditions",
            key="ID",
            properties=properties("Guid: ID | String: Code Description | Int32: PaymentDays Division"),
        ),
        Resource(
            service="system",
            name="Divisions",
            key="Code",
            properties=properties(
                "Int32: Code Status BlockingStatus HID | Boolean: Current"
                "| String: Description VATNumber ChamberOfCommerceNumber Country Currency Legislation"
            ),
        ),
        Resource(
            service="current",
            name="Me",
            key="UserID",
            properties=properties(
                "Int32: CurrentDivision AccountingDivision ServerUtcOffset | Guid: UserID"
                "| String: FullName Email UserName LanguageCode Legislation DivisionCustomerVatNumber PackageCode"
                "| DateTime: ServerTime"
            ),
        ),
    )
}
