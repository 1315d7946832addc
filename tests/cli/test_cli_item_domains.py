"""Items by the domain of a website."""


def test_item_by_domain(op):
    """Where no item has the title, the domain of a website finds one, for reads and changes."""
    for name in ("db.example.org", "DB.EXAMPLE.ORG", "www.db.example.org"):
        assert op("item", "get", name, "--format", "json").json["title"] == "db"
        assert op("item", "get", name, "--vault", "dev", "--fields", "username").out == "app\n"
    create = ("item", "create", "--vault", "dev", "--category", "login", "--url")
    op(*create, "https://shop.example.org/x", "--title", "shop", "username=a")
    op("item", "edit", "shop.example.org", "username=b")
    assert op("read", "op://dev/shop/username").out == "b\n"
    op("item", "delete", "shop.example.org")
    advice = "Specify the item with its UUID, name, or domain."
    gone = f'"shop.example.org" isn\'t an item. {advice}'
    assert op.run("item", "get", "shop.example.org").error == gone


def test_title_before_domain(op):
    """A title wins over a domain; two items of one domain are told with their ids."""
    create = ("item", "create", "--vault", "dev", "--category", "login", "--format", "json")
    ids = [
        op(*create, "--url", "https://two.example.org", "--title", title).json["id"]
        for title in ("one of two", "two of two")
    ]
    done = op.run("item", "get", "two.example.org")
    assert 'More than one item matches "two.example.org"' in done.error
    assert all(f"in vault dev: {one}" in done.err for one in ids)
    titled = op(*create, "--title", "two.example.org").json["id"]
    assert op("item", "get", "two.example.org", "--format", "json").json["id"] == titled


def test_no_domain_in_references(op):
    """A reference names items by title or ID alone."""
    assert "could not find item" in op.run("read", "op://dev/db.example.org/username").error
