"""Numbers that were stored before they were made clean at import are cleaned where that is free."""

from sqlalchemy import select, text

from models.database import owner_engine
from models.invoices.single_invoice import invoice_order
from models.migrations.clean_keys import clean_keys
from models.tables.customer import Customer
from models.tables.invoice import Invoice
from models.tables.order import Order
from tests.records import Account, new_orders

STORED = ["A\u200b-1", "A-2", "\xa0A-2", "A\u0308 3", "A  4", "A-5\u202e", "\ufeffA-1", "Ä-7"]
CLEAN = ["A-1", "A-2", "\xa0A-2", "Ä 3", "A 4", "A-5\u202e", "\ufeffA-1", "Ä-7"]


def test_a_number_is_cleaned_if_its_clean_form_is_free(seller: Account) -> None:
    ids = new_orders(seller, len(STORED))
    invoice_order(seller.organization_id, seller.user_id, ids[0])
    with owner_engine().connect() as connection:
        rename = text("UPDATE orders SET order_number = :key WHERE id = :id")
        for key, order in zip(STORED, ids, strict=True):
            connection.execute(rename, {"key": key, "id": order})
        connection.execute(text("UPDATE customers SET customer_number = E'K\\u00a0 1\\u200b'"))
        issued = connection.execute(select(Invoice.order_number)).scalars().all()
        clean_keys(connection)
        orders = connection.execute(select(Order.order_number).order_by(Order.id)).scalars().all()
        customers = connection.execute(select(Customer.customer_number)).scalars().all()
        assert connection.execute(select(Invoice.order_number)).scalars().all() == issued
        connection.rollback()
    assert orders == CLEAN
    assert set(customers) == {"K 1"}
