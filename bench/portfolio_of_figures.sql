-- A portfolio of {loans} loans for bench_indicators.py, {months} instalments each, as the use cases would have
-- written it: one statement a table, without triggers or keys, which the ledger's proof stands in for.
SET session_replication_role = replica;
SET synchronous_commit = off;

CREATE TABLE public.bench_funds AS
SELECT n, region, ('00000000-0000-7000-8000-0000000f' || lpad(n::text, 4, '0'))::uuid AS id
  FROM unnest(ARRAY['84','76','53','11','24','27','28','32','44','52','75','93']) WITH ORDINALITY AS r (region, n);

INSERT INTO loans.funds (id, region, name, opened_on) SELECT id, region, 'Fonds ' || n, '2010-01-01' FROM public.bench_funds;
INSERT INTO loans.fund_settings (fund_id, version, region, valid_from, grace_included, lend_in_arrears, quorum)
SELECT id, 1, region, '2010-01-01', true, true, 3 FROM public.bench_funds;
INSERT INTO loans.funders (id, fund_id, region, rank, siren, name, kind)
SELECT ('00000000-0000-7000-8000-000000' || rank || 'a' || lpad(n::text, 4, '0'))::uuid, id, region, rank,
       CASE rank WHEN 1 THEN '200053767' ELSE '110044013' END, 'Financeur ' || rank, 'other'
  FROM public.bench_funds CROSS JOIN generate_series(1, 2) AS rank;
INSERT INTO loans.contributions (id, fund_id, region, funder_id, convention, amount_cents, paid_on)
SELECT gen_random_uuid(), fund_id, region, id, 'C-1', 100000000000 * rank, '2010-01-01'
  FROM loans.funders WHERE fund_id IN (SELECT id FROM public.bench_funds);
INSERT INTO loans.journal_entries (id, fund_id, region, kind, on_date)
SELECT id, fund_id, region, 'contribution', '2010-01-01'
  FROM loans.funders WHERE fund_id IN (SELECT id FROM public.bench_funds);
INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region)
SELECT id, side, CASE side WHEN 1 THEN 'cash' ELSE 'capital' END, id,
       CASE side WHEN 1 THEN 1 ELSE -1 END * 100000000000 * rank, region
  FROM loans.funders CROSS JOIN generate_series(1, 2) AS side
 WHERE fund_id IN (SELECT id FROM public.bench_funds);

-- Lent evenly over thirteen years; one in seven stops paying a few months before it should have ended.
CREATE TABLE public.bench_loans AS
SELECT i, ('00000000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid AS id, f.id AS fund_id, f.region, f.n,
       (ARRAY[{caes}])[f.n * 13 - 12 + (i / 12) % 13] AS cae,
       (DATE '2013-11-01' + (i::bigint * 4740 / {loans})::integer) AS disbursed_on,
       CASE WHEN i % 7 = 0 THEN 20 + (i / 7) % 15 ELSE {months} END AS pays
  FROM generate_series(0, {loans} - 1) AS i JOIN public.bench_funds f ON f.n = i % 12 + 1;
ALTER TABLE public.bench_loans ADD PRIMARY KEY (i);
CREATE TABLE public.bench_repayments AS
SELECT l.i, k, l.id AS loan_id, l.fund_id, l.region, l.n, l.cae, day AS paid_on,
       ('00000000-0000-7000-a' || lpad(to_hex(k), 3, '0') || '-' || lpad(to_hex(l.i), 12, '0'))::uuid AS id
  FROM public.bench_loans l CROSS JOIN generate_series(1, {months}) AS k
 CROSS JOIN LATERAL (SELECT (l.disbursed_on + make_interval(months => k))::date + (l.i + k) % 25 AS day) d
 WHERE k <= l.pays AND day <= DATE '{today}';
CREATE INDEX ON public.bench_repayments (i);
ANALYZE public.bench_loans, public.bench_repayments;

INSERT INTO loans.loans
SELECT (jsonb_populate_record(t, jsonb_build_object(
       'id', l.id, 'fund_id', l.fund_id, 'application_id', NULL, 'number', 'N' || l.i, 'region', l.region,
       'cae_siren', l.cae, 'cae_siret', l.cae || '00011', 'principal_cents', 360000, 'granted_cents', 360000,
       'instalment_count', {months}, 'months', {months}, 'grace_months', 0, 'disbursed_on', l.disbursed_on,
       'settings_version', NULL, 'schedule_version', 1,
       'status', CASE WHEN paid.many = {months} THEN 'repaid' ELSE 'active' END,
       'repaid_cents', paid.many * 10000, 'written_off_cents', 0, 'recovered_cents', 0,
       'next_due_on', CASE WHEN paid.many < {months}
                           THEN (l.disbursed_on + make_interval(months => paid.many::integer + 1))::date END,
       'in_order_from', coalesce(paid.last_on, l.disbursed_on), 'entrepreneur_id', l.id, 'figures_stale', true))).*
  FROM public.bench_loans l
  LEFT JOIN LATERAL (SELECT count(*) AS many, max(paid_on) AS last_on FROM public.bench_repayments r WHERE r.i = l.i) paid ON true
 CROSS JOIN loans.loans t WHERE t.id = (SELECT id FROM loans.loans LIMIT 1);

INSERT INTO loans.loan_shares (loan_id, funder_id, region, cae_siren, principal_cents, weight_cents, credited_cents)
SELECT l.id, f.id, l.region, l.cae, 120000 * f.rank, 120000 * f.rank,
       CASE f.rank WHEN 1 THEN round(paid.many * 10000 / 3.0) ELSE paid.many * 10000 - round(paid.many * 10000 / 3.0) END
  FROM public.bench_loans l JOIN loans.funders f ON f.fund_id = l.fund_id
 CROSS JOIN LATERAL (SELECT count(*) AS many FROM public.bench_repayments r WHERE r.i = l.i) paid;
INSERT INTO loans.cae_stays (loan_id, rank, region, cae_siren, cae_siret, cae_name, entrepreneur_id, from_on)
SELECT id, 1, region, cae, cae || '00011', 'CAE', id, disbursed_on FROM public.bench_loans;
INSERT INTO loans.tranches (id, loan_id, region, cae_siren, recorded_rank, amount_cents, disbursed_on)
SELECT id, id, region, cae, 1, 360000, disbursed_on FROM public.bench_loans;
INSERT INTO loans.schedule_versions (loan_id, version, region, cae_siren, effective_on, cause)
SELECT id, 1, region, cae, disbursed_on, 'disbursement' FROM public.bench_loans;
INSERT INTO loans.instalments (loan_id, version, rank, region, cae_siren, due_on, amount_cents, cumulative_cents)
SELECT id, 1, k, region, cae, (disbursed_on + make_interval(months => k))::date, 10000, k * 10000
  FROM public.bench_loans CROSS JOIN generate_series(1, {months}) AS k;
INSERT INTO loans.repayments (id, loan_id, region, cae_siren, recorded_rank, amount_cents, paid_on, method)
SELECT id, loan_id, region, cae, k, 10000, paid_on, 'direct_debit' FROM public.bench_repayments ORDER BY i, k;

INSERT INTO loans.journal_entries (id, fund_id, region, cae_siren, loan_id, kind, on_date)
SELECT id, fund_id, region, cae, id, 'disbursement', disbursed_on FROM public.bench_loans;
INSERT INTO loans.journal_entries (id, fund_id, region, cae_siren, loan_id, kind, on_date, repayment_id)
SELECT id, fund_id, region, cae, loan_id, 'repayment', paid_on, id FROM public.bench_repayments ORDER BY i, k;
INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
SELECT l.id, f.rank * 2 - side, CASE side WHEN 1 THEN 'loans' ELSE 'cash' END, f.id,
       CASE side WHEN 1 THEN 1 ELSE -1 END * 120000 * f.rank, l.region, l.cae
  FROM public.bench_loans l JOIN loans.funders f ON f.fund_id = l.fund_id CROSS JOIN generate_series(0, 1) AS side;
INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
SELECT r.id, f.rank * 2 - side, CASE side WHEN 1 THEN 'cash' ELSE 'loans' END, f.id,
       CASE side WHEN 1 THEN 1 ELSE -1 END * CASE f.rank WHEN 1 THEN first.cents ELSE 10000 - first.cents END,
       r.region, r.cae
  FROM public.bench_repayments r
 CROSS JOIN LATERAL (SELECT (round(k * 10000 / 3.0) - round((k - 1) * 10000 / 3.0))::bigint AS cents) first
  JOIN loans.funders f ON f.fund_id = r.fund_id CROSS JOIN generate_series(0, 1) AS side;
DROP TABLE public.bench_repayments, public.bench_loans, public.bench_funds;
ANALYZE;
