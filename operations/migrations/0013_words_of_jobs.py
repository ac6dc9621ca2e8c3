"""PostgreSQL keeps the words that jobs are found by, and an index of the jobs that have each.

By three letters at a time, a search compares as many lists as a word has letters, and those of the
words that many customers share are long. What people type is a part of a word, or all of it: the
words that hold it are few, and each leads to its jobs. The database keeps them itself, as then no
door, no bulk write and no hand at a shell can forget one. On SQLite, the texts are read.

A word may stand there twice, as nobody waits here for what another has not yet committed; and one
that no job has any more stays: there are few, and it finds nothing.
"""

from typing import Any

from django.db import migrations

# Of a number such as J-000154, no part is a word: there are as many as jobs. A word that is known
# is looked up by an index of its own, of another collation: that of parts could tell as well, and
# would be asked, but takes a thousand times as long.
KEPT = """
    INSERT INTO operations_jobword (word)
        SELECT DISTINCT word FROM {texts} AS held (word)
        WHERE word ~ '[^0-9]{{3}}' AND NOT EXISTS (
            SELECT FROM operations_jobword known WHERE known.word = held.word COLLATE "C"
        );
    RETURN NULL;
"""
OF_MANY = KEPT.format(texts="""after, unnest(string_to_array(search_text, ' '))""")
OF_ONE = KEPT.format(texts="""unnest(string_to_array(NEW.search_text, ' '))""")

KEEP = f"""
CREATE TABLE operations_jobword (word text NOT NULL);
CREATE INDEX operations_jobword_word ON operations_jobword (word COLLATE "C");
CREATE INDEX operations_jobword_part ON operations_jobword
    USING gin (word gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX operations_job_words ON operations_job USING gin (string_to_array(search_text, ' '));

CREATE FUNCTION operations_words_of_new() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS
    $$ BEGIN {OF_MANY} END $$;
CREATE TRIGGER operations_words_of_new AFTER INSERT ON operations_job
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION operations_words_of_new();
CREATE FUNCTION operations_words_of_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS
    $$ BEGIN {OF_ONE} END $$;
CREATE TRIGGER operations_words_of_changed AFTER UPDATE OF search_text ON operations_job
    FOR EACH ROW WHEN (OLD.search_text IS DISTINCT FROM NEW.search_text)
    EXECUTE FUNCTION operations_words_of_changed();
"""
KEEP_NOTHING = """
DROP TRIGGER operations_words_of_changed ON operations_job;
DROP FUNCTION operations_words_of_changed();
DROP TRIGGER operations_words_of_new ON operations_job;
DROP FUNCTION operations_words_of_new();
DROP INDEX operations_job_words;
DROP TABLE operations_jobword;
"""


def keep(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(KEEP)


def keep_nothing(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(KEEP_NOTHING)


class Migration(migrations.Migration):
    dependencies = [("operations", "0012_shorten_words_of_jobs")]

    operations = [migrations.RunPython(keep, keep_nothing)]
