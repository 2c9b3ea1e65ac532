import { type Provider, pagedDelivery } from "exportkit/provider";

// Checked by the compiler and never run.

interface Customer {
  readonly id: string;
}

export const shop = (): Partial<Provider<{ readonly year: number }, Customer>> => ({
  delivery: pagedDelivery({
    fetchPage: async (_context, job) => ({ items: [job.request.year] }),
    // What `map` gives, `identify` takes.
    records: () => ({
      kind: "pages",
      map: (item) => item as Customer,
      identify: (customer) => customer.id,
      csv: { columns: ["id"], flatten: ({ id }) => ({ id }) },
    }),
  }),
});
