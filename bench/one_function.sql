-- The reference: what recording a repayment over REST writes, as one function that knows no rules.
--
-- It takes as many cents as it is told, shares them out roughly, and writes the same rows, with the answer that the
-- service stored for one of its own. {new_id} is uuidv7 where PostgreSQL has it, so that its indexes grow at
-- their end as the service's do.

CREATE SCHEMA reference;

CREATE TABLE reference.loans (place int PRIMARY KEY, loan_id uuid NOT NULL);
CREATE TABLE reference.answer (answer bytea NOT NULL);

CREATE FUNCTION reference.record_repayment(loan_place int, cents bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    loan loans.loans;
    own_key text := gen_random_uuid();
    own_path text;
    new_rank smallint;
    new_repayment uuid := {new_id}();
    new_entry uuid := {new_id}();
    new_version bigint;
    funders uuid[];
    parts bigint[];
    covered smallint[];
BEGIN
    PERFORM set_config('essor.role', 'operator', true), set_config('essor.regions', '84', true),
            set_config('essor.cae', '', true), set_config('essor.funder', '', true),
            set_config('essor.client', 'bench', true);

    SELECT '/v1/loans/' || loan_id || '/repayments' INTO own_path
      FROM reference.loans WHERE place = loan_place;
    INSERT INTO loans.idempotency_keys (client, method, path, key, fingerprint, role, regions, siren)
    VALUES ('bench', 'POST', own_path, own_key, sha256(own_key::bytea), 'operator', '{{84}}', NULL)
        ON CONFLICT DO NOTHING;

    SELECT l.* INTO STRICT loan
      FROM loans.loans l JOIN reference.loans r ON r.loan_id = l.id
     WHERE r.place = loan_place FOR NO KEY UPDATE OF l;
    SELECT coalesce(max(recorded_rank), 0) + 1 INTO new_rank
      FROM loans.repayments WHERE loan_id = loan.id;
    SELECT array_agg(i.rank ORDER BY i.rank) INTO covered
      FROM loans.instalments i
     WHERE i.loan_id = loan.id AND i.version = loan.schedule_version
       AND i.cumulative_cents > loan.repaid_cents
       AND i.cumulative_cents - i.amount_cents < loan.repaid_cents + cents;
    SELECT array_agg(s.funder_id ORDER BY f.rank),
           array_agg(s.principal_cents * (loan.repaid_cents + cents) / loan.principal_cents
                     - s.credited_cents ORDER BY f.rank)
      INTO funders, parts
      FROM loans.loan_shares s JOIN loans.funders f ON f.id = s.funder_id
     WHERE s.loan_id = loan.id;
    parts[1] := parts[1] + cents - (SELECT sum(part) FROM unnest(parts) AS part);

    INSERT INTO loans.repayments
           (id, loan_id, region, cae_siren, recorded_rank, amount_cents, paid_on, method, reference)
    VALUES (new_repayment, loan.id, loan.region, loan.cae_siren, new_rank, cents, current_date,
            'direct_debit', NULL);
    INSERT INTO loans.journal_entries (id, fund_id, region, cae_siren, loan_id, kind, on_date, repayment_id)
    VALUES (new_entry, loan.fund_id, loan.region, loan.cae_siren, loan.id, 'repayment', current_date,
            new_repayment);
    INSERT INTO loans.postings (entry_id, rank, account, funder_id, amount_cents, region, cae_siren)
    SELECT new_entry, 2 * part.place - side.first, side.account, part.funder_id, side.sign * part.cents,
           loan.region, loan.cae_siren
      FROM unnest(funders, parts) WITH ORDINALITY AS part (funder_id, cents, place),
           (VALUES (1, 'cash', 1), (0, 'loans', -1)) AS side (first, account, sign);
    UPDATE loans.loans
       SET repaid_cents = repaid_cents + cents,
           status = CASE WHEN repaid_cents + cents = principal_cents THEN 'repaid' ELSE status END,
           next_due_on = (SELECT min(i.due_on) FROM loans.instalments i
                           WHERE i.loan_id = loan.id AND i.version = loan.schedule_version
                             AND i.cumulative_cents > loan.repaid_cents + cents),
           in_order_from = greatest(in_order_from, current_date)
     WHERE id = loan.id;
    UPDATE loans.loan_shares s SET credited_cents = credited_cents + part.cents
      FROM unnest(funders, parts) AS part (funder_id, cents)
     WHERE s.loan_id = loan.id AND s.funder_id = part.funder_id;

    INSERT INTO loans.dossier_versions AS kept (dossier_id, version, region, cae_siren)
    VALUES (loan.id, 1, loan.region, loan.cae_siren)
        ON CONFLICT (dossier_id) DO UPDATE SET version = kept.version + 1
    RETURNING version INTO new_version;
    INSERT INTO loans.audit_trail
           (id, recorded_at, act, dossier_kind, dossier_id, subject_id, region, cae_siren, client, role,
            request_id, before, after, personal_fields)
    VALUES ({new_id}(), clock_timestamp(), 'record_repayment', 'loan', loan.id, new_repayment, loan.region,
            loan.cae_siren, 'bench', 'operator', new_entry,
            jsonb_build_object('status', loan.status, 'repaid_cents', loan.repaid_cents,
                'outstanding_cents', loan.principal_cents - loan.repaid_cents,
                'written_off_cents', 0, 'recovered_cents', 0),
            jsonb_build_object('status', loan.status, 'repaid_cents', loan.repaid_cents + cents,
                'outstanding_cents', loan.principal_cents - loan.repaid_cents - cents,
                'written_off_cents', 0, 'recovered_cents', 0,
                'amount_cents', cents, 'paid_on', current_date, 'method', 'direct_debit'),
            '{{}}');
    INSERT INTO loans.outbox
           (event_id, type, dossier_kind, dossier_id, subject_id, version, region, cae_siren, occurred_at)
    VALUES ({new_id}(), 'repayment.recorded', 'loan', loan.id, new_repayment, new_version, loan.region,
            loan.cae_siren, clock_timestamp());

    UPDATE loans.idempotency_keys SET status = 201, answer = (SELECT answer FROM reference.answer)
     WHERE client = 'bench' AND method = 'POST' AND path = own_path AND key = own_key;
END $$;
