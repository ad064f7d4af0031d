"""What a client would have to write for a value that a backend speaks of."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from schema.fields import named_fields
from schema.types.enums import Enums
from schema.types.known import Known
from schema.values import kind_of
from upstreams.model import EnumType, InputType, ListOf, MapOf, Named, Required, Scalar, TypeRef


@dataclass(frozen=True, slots=True)
class Spoken:
    """Values of input types, as clients write them."""

    known: Known
    enums: Enums

    def value(self, upstream: str, ref: TypeRef, value: Any) -> Any:
        """What a client writes for the backend's value. Raises `GraphQLError` if it is none."""
        match ref, value:
            case _, None:
                return None
            case Required(of), _:
                return self.value(upstream, of, value)
            case ListOf(of), list():
                return [self.value(upstream, of, one) for one in value]
            case MapOf(of), dict():
                return [
                    {"key": key, "value": self.value(upstream, of, one)}
                    for key, one in value.items()
                ]
            case Named(key), _:
                return self._named(upstream, key, value)
            case Scalar(), _:
                return value
            case _:
                raise GraphQLError(f"{kind_of(value)} does not fit")

    def _named(self, upstream: str, key: str, value: Any) -> Any:
        definition = self.known.definitions[upstream][key]
        if isinstance(definition, EnumType):
            return self.enums.own(upstream, key).coerce_output_value(value)
        if not isinstance(definition, InputType) or not isinstance(value, dict):
            raise GraphQLError(f"{kind_of(value)} does not fit")
        fields = named_fields(definition.fields)
        if unknown := value.keys() - {field.name for field in fields.values()}:
            raise GraphQLError(f"no field is called {', '.join(sorted(unknown))}")
        return {
            name: self.value(upstream, field.type, value[field.name])
            for name, field in fields.items()
            if field.name in value
        }
