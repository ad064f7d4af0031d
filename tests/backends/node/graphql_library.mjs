// What the GraphQL servers offer: books and films, their authors, and new ones as they come.
import { GraphQLError } from "graphql";

export const typeDefs = /* GraphQL */ `
  "An instant, RFC 3339."
  scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time")
  scalar Shelf
  interface Work { id: ID! title: String }
  type Book implements Work { id: ID! title: String pages(from: Int = 1, count: Int!): [Int!]! added: DateTime! }
  type Film implements Work { id: ID! title: String minutes: Int! added: DateTime }
  union Found = Book | Film
  enum Order { TITLE ADDED }
  input Filter { text: String!, order: Order = TITLE }
  input Which @oneOf { id: ID title: String }
  type Query {
    book(id: ID!): Book
    books(ids: [ID!]!): [Book]!
    search(filter: Filter!): [Found!]!
    work(which: Which!): Work
    shelf(of: Shelf!): Shelf
    forbidden: String
    older: String @deprecated(reason: "Ask book.")
  }
  type Mutation { rename(id: ID!, title: String!): Book! }
  type Subscription { counted(to: Int!): Int! added: Found! forever: Int! broken: Int! }
`;

const added = "2024-02-29T12:30:00Z";
const book = (id) => ({ __typename: "Book", id, title: `Book ${id}`, added });
const film = { __typename: "Film", id: "f1", title: "Film f1", minutes: 90, added: null };
const pause = () => new Promise((done) => setImmediate(done));

async function* counting(to, made) {
  for (let n = 0; n < to; n += 1) {
    await pause();
    yield made(n);
  }
}

export const resolvers = {
  Book: {
    pages: (_, { from, count }) => Array.from({ length: count }, (_, n) => from + n),
  },
  Query: {
    book: (_, { id }) => (id === "none" ? null : book(id)),
    books: (_, { ids }) => ids.map((id) => (id === "none" ? null : book(id))).reverse(),
    search: (_, { filter }) => [{ ...book("1"), title: `${filter.text} ${filter.order}` }, film],
    work: (_, { which }) => (which.id ? book(which.id) : film),
    shelf: (_, { of }) => of,
    forbidden: () => {
      throw new GraphQLError("only for members", { extensions: { code: "FORBIDDEN" } });
    },
  },
  Mutation: { rename: (_, { id, title }) => ({ ...book(id), title }) },
  Subscription: {
    counted: { subscribe: (_, { to }) => counting(to, (n) => ({ counted: n })) },
    added: { subscribe: () => counting(2, (n) => ({ added: n ? film : book("1") })) },
    forever: { subscribe: () => counting(Infinity, (n) => ({ forever: n })) },
    broken: {
      subscribe: () => {
        throw new GraphQLError("not today", { extensions: { code: "CLOSED" } });
      },
    },
  },
};
