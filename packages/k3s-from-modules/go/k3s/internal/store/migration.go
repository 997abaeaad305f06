package store

import (
	"database/sql"

	_ "modernc.org/sqlite" // kine's, where there is no cgo
)

// kine looks at its start for a table of its first versions, key_value, by two queries; where that table is not, it never
// closes the second one. With the driver without cgo, this is a reader that stays for as long as the process does, and
// SQLite may not write back what was logged after it began: the log grew by 40 kB with every write.
//
// With this view there is a row to be found, both queries are read to their end, and nothing is migrated from it: its id
// is no number.
const emptyTable = `CREATE VIEW IF NOT EXISTS key_value AS SELECT NULL AS id, NULL AS name, NULL AS value, 0 AS ttl`

func endMigration(file string) error {
	db, err := sql.Open("sqlite", "file://"+file)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(emptyTable)
	return err
}
