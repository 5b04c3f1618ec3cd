from coproduce.core.db import Database
from coproduce.services.models import AreaLevel
from coproduce.services.names_near import get_names_near
from tests.factories import make_area, make_provider, make_service


def test_names_are_those_of_the_area_and_of_those_beside_it(database: Database) -> None:
    with database.write() as db:
        nation = make_area(db, name="Country", level=AreaLevel.NATION)
        county = make_area(db, name="Shire", level=AreaLevel.COUNTY, parent_id=nation)
        far_county = make_area(db, name="Farshire", level=AreaLevel.COUNTY, parent_id=nation)
        town = make_area(db, name="Otley", parent_id=county)
        beside = make_area(db, name="Ilkley", parent_id=county)
        far = make_area(db, name="Truro", parent_id=far_county)
        trust = make_provider(db, name="Riverside Trust")
        own = make_service(db, name="Own", area_id=town, provider_id=trust, also_called=["The Den"])
        other = make_provider(db, name="Hillside Trust")
        make_service(db, name="Near", area_id=beside, provider_id=other, also_called=["The Shed"])
        make_service(db, name="Same town", area_id=town, provider_id=trust)
        make_service(db, name="Far", area_id=far)
        db.commit()

    with database.read() as db:
        of_service = get_names_near(db, service_id=own.service_id, area_id=None)
        of_area = get_names_near(db, service_id=None, area_id=town)

    areas = {"Otley", "Shire", "Country"}
    assert of_service.own == areas | {"Own", "The Den", "Riverside Trust"}
    assert of_service.others == {"Near", "The Shed", "Hillside Trust", "Same town", "Ilkley"}
    assert of_area.own == areas
    assert of_area.others == of_service.others | {"Own", "The Den", "Riverside Trust"}


def test_neighbours_that_are_not_listed_are_named_to_readers_only(database: Database) -> None:
    with database.write() as db:
        town = make_area(db, name="Otley")
        refuge = make_provider(db, name="Safe Haven")
        hidden = make_service(
            db,
            name="Harbour House",
            area_id=town,
            provider_id=refuge,
            is_listed=False,
            also_called=["The Anchor"],
        )
        make_service(db, name="Own", area_id=town, provider_id=make_provider(db, name="Trust"))
        db.commit()

    with database.read() as db:
        to_all = get_names_near(db, service_id=None, area_id=town)
        to_readers = get_names_near(db, service_id=None, area_id=town, with_unlisted=True)
        to_its_own = get_names_near(db, service_id=hidden.service_id, area_id=None)

    secret = {"Harbour House", "The Anchor", "Safe Haven"}
    assert to_all.others == {"Own", "Trust"}
    assert to_readers.others == to_all.others | secret
    assert to_its_own.own == secret | {"Otley"}


def test_an_area_that_lies_in_none_has_only_itself(database: Database) -> None:
    with database.write() as db:
        alone = make_area(db, name="Lone")
        make_area(db, name="Other")
        db.commit()

    with database.read() as db:
        near = get_names_near(db, service_id=None, area_id=alone)

    assert near.own == {"Lone"}
    assert not near.others
