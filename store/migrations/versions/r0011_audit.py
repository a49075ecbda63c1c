"""The audit: acts in chains, the function that appends to them, and triggers that refuse any other change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STREAM = sa.Text(collation="C")
# security/audit.py works out the same from a row: each field with its length in bytes before it, in this order.
_FIELDS = ("of_stream", "CAST(head.seq AS text)", "micros", "actor", "action", "subject", "why", "before", "after",
           "CAST(personal AS text)", "encode(head.hash, 'hex')")  # fmt: skip
_CANONICAL = " || ".join(f"octet_length({field}) || ':' || {field}" for field in _FIELDS)

# `earlier` is what every one of these acts found, for a caller who knows it only in SQL. The stream's row is locked
# until the caller's transaction ends, so a chain has neither gaps nor forks; streams do not wait for each other.
_APPEND = f"""
CREATE FUNCTION audit_append(of_stream text, acts jsonb, earlier jsonb DEFAULT '{{}}') RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    head record; act jsonb; names text[]; salt bytea; now_at timestamptz; micros text; digest bytea;
    actor text; action text; subject text; why text; reason text; before text; after text; personal boolean;
BEGIN
    SELECT h.seq, h.hash INTO head FROM audit_heads AS h WHERE h.stream = of_stream FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads (stream, seq, hash) VALUES (of_stream, 0, '') ON CONFLICT DO NOTHING;
        SELECT h.seq, h.hash INTO head FROM audit_heads AS h WHERE h.stream = of_stream FOR UPDATE;
    END IF;
    FOR act IN SELECT value FROM jsonb_array_elements(acts) LOOP
        head.seq := head.seq + 1;
        now_at := clock_timestamp();
        micros := CAST(CAST(extract(epoch FROM now_at) * 1000000 AS bigint) AS text);
        actor := act->>'actor'; action := act->>'action'; subject := act->>'subject'; reason := act->>'why';
        personal := (act->>'about_person')::boolean;
        why := '';
        IF reason <> '' THEN
            salt := audit_salt(subject);
            why := audit_committed(jsonb_build_object('why', reason), ARRAY['why'], salt)->>'why';
            INSERT INTO audit_reasons (stream, seq, subject, reason) VALUES (of_stream, head.seq, subject, reason);
        END IF;
        IF act ? 'personal' THEN
            salt := audit_salt(subject);
            names := ARRAY(SELECT jsonb_array_elements_text(act->'personal'));
            before := CAST(audit_committed(earlier || (act->'before'), names, salt) AS text);
            after := CAST(audit_committed(act->'after', names, salt) AS text);
        ELSE
            before := CAST(earlier || (act->'before') AS text);
            after := CAST(act->'after' AS text);
        END IF;
        digest := sha256(convert_to({_CANONICAL}, 'UTF8'));
        INSERT INTO audit (stream, seq, at, actor, action, subject, why, before, after, personal, prev, hash) VALUES
            (of_stream, head.seq, now_at, actor, action, subject, why, before, after, personal, head.hash, digest);
        head.hash := digest;
    END LOOP;
    UPDATE audit_heads AS h SET seq = head.seq, hash = head.hash, unsigned = true WHERE h.stream = of_stream;
END $$
"""  # noqa: S608 - our own text

# Two random UUIDs are 244 random bits.
_SALT = """
CREATE FUNCTION audit_salt(of_subject text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE found bytea;
BEGIN
    SELECT salt INTO found FROM audit_salts WHERE subject = of_subject;
    IF found IS NULL THEN
        INSERT INTO audit_salts (subject, salt)
        VALUES (of_subject, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        ON CONFLICT (subject) DO UPDATE SET salt = audit_salts.salt RETURNING salt INTO found;
    END IF;
    RETURN found;
END $$
"""
_COMMITTED = """
CREATE FUNCTION audit_committed(said jsonb, names text[], salt bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY (names) THEN 'salted:' || encode(sha256(salt
        || convert_to(octet_length(key) || ':' || key || octet_length(value) || ':' || value, 'UTF8')), 'hex')
        ELSE value END), '{}')
    FROM jsonb_each_text(said)
$$
"""
# A hurdle against mistakes, not a proof: who may alter tables can drop it. Verification finds that.
_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' AND current_setting('backhaul.audit', true) = 'retention' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING HINT = 'Old acts are deleted by `audit retention` only.';
END $$
"""
_KEPT = ("audit", "audit_checkpoints", "audit_checkpoint_heads", "audit_stubs")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("stream", _STREAM, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("actor", "action", "subject", "why", "before", "after")
        ),
        sa.Column("personal", sa.Boolean, nullable=False),
        sa.Column("prev", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_newest", "audit", ["at", "stream", "seq"])
    for name in ("actor", "action", "subject"):
        op.create_index(f"audit_by_{name}", "audit", [name, "at"])
    op.create_table(
        "audit_heads",
        sa.Column("stream", _STREAM, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("unsigned", sa.Boolean, nullable=False, server_default=sa.text("true")),
    )
    op.create_index("audit_heads_unsigned", "audit_heads", ["stream"], postgresql_where=sa.text("unsigned"))
    op.create_table(
        "audit_salts",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_reasons",
        sa.Column("stream", _STREAM, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("audit_reasons_by_subject", "audit_reasons", ["subject"])
    _create_what_is_signed()
    for function in (_SALT, _COMMITTED, _APPEND, _REFUSE):
        op.execute(function)
    for table in _KEPT:
        refuse = "EXECUTE FUNCTION audit_refuse()"
        op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}")
        op.execute(f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} {refuse}")


def _create_what_is_signed() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("streams", sa.Integer, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("root", "prev", "hash")),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_checkpoint_heads",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", _STREAM, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_checkpoint_heads_by_stream", "audit_checkpoint_heads", ["stream", "seq"])
    op.create_table(
        "audit_stubs",
        sa.Column("stream", _STREAM, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in (*_KEPT, "audit_heads", "audit_salts", "audit_reasons"):
        op.drop_table(table)
    for function in ("audit_append", "audit_salt", "audit_committed", "audit_refuse"):
        op.execute(f"DROP FUNCTION {function}")
