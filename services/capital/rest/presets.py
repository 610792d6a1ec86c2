"""Rules that a region may start from, under /v1/scheme-presets."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field

from services.capital.domain.presets import Preset, Source
from services.capital.rest.version_models import RulesAnswer, rules_fields
from services.capital.usecases.read_schemes import list_presets
from services.kernel.language import Language
from services.runtime.call import Call, get_call
from services.runtime.fields import Answer
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/scheme-presets", tags=["schemes"])


class SourceAnswer(Answer):
    title: str = Field(
        description="The paper or the page", examples=["Soutien à la création de Scop et de Scic"]
    )
    publisher: str = Field(description="Who published it", examples=["Région Nouvelle-Aquitaine"])
    year: int | None = Field(description="Of which year it is, where it says", examples=[2022])
    url: str | None = Field(description="Its address, where it stands on a page", examples=[None])

    @classmethod
    def of(cls, source: Source) -> Self:
        return cls(title=source.title, publisher=source.publisher, year=source.year, url=source.url)


class PresetAnswer(Answer):
    """Rules to start a scheme from."""

    code: str = Field(description="What `POST /v1/schemes` names it by", examples=["nouvelle-aquitaine-cae"])
    name: str = Field(description="What it gives, in a line", examples=["De 1 000 à 2 000 € par personne"])
    region: str = Field(description="INSEE code of the region it comes from", examples=["75"])
    sources: list[SourceAnswer] = Field(description="Where the figures were read")
    reading: str = Field(
        description="What of the rules is not in the sources, or was left out of them",
        examples=["Une fois par personne est notre lecture."],
    )
    rules: RulesAnswer = Field(description="All that a version asks for, but its dates and its funders")

    @classmethod
    def of(cls, preset: Preset, language: Language) -> Self:
        return cls(
            code=preset.code,
            name=preset.name.render(language),
            region=preset.region,
            sources=[SourceAnswer.of(source) for source in preset.sources],
            reading=preset.reading.render(language),
            rules=RulesAnswer(**rules_fields(preset.rules)),
        )


@router.get("", summary="List rules that a scheme may start from, with their sources")
async def get_presets(
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
) -> Page[PresetAnswer]:
    after = decode_cursor(page.after, str)[0] if page.after else None
    presets = list_presets(call.caller)
    found = [preset for preset in presets if after is None or preset.code > after]
    items, following = cut_page(
        found[: page.limit + 1], page.limit, lambda preset: encode_cursor(preset.code)
    )
    return Page(
        items=[PresetAnswer.of(preset, call.language) for preset in items],
        next=following,
        total=len(presets) if page.count else None,
    )
