// two.js DIR: the values of DIR/*.json as a reader of YAML 1.2 sees them in *.yml.
const fs = require('fs'), path = require('path'), YAML = require('yaml')
const dir = process.argv[2]
let files = 0, values = 0, unread = 0, bad = 0

function load(name) {
	const d = YAML.parseDocument(fs.readFileSync(name, 'utf8'), { logLevel: 'silent', merge: true })
	if (d.errors.length > 0) throw d.errors[0]
	return d.toJS()
}

function find(tree, at) {
	return at.reduce((t, k) => t === undefined || t === null ? undefined : t[k], tree)
}

function same(a, b) {
	if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
	const k = Object.keys(a)
	return Array.isArray(a) === Array.isArray(b) && k.length === Object.keys(b).length &&
		k.every((x) => x in b && same(a[x], b[x]))
}

for (const f of fs.readdirSync(dir).filter((x) => x.endsWith('.yml')).sort()) {
	const name = path.join(dir, f.slice(0, -4))
	let old
	try {
		old = load(name + '.old')
		if (/\r(?!\n)/.test(fs.readFileSync(name + '.old', 'utf8'))) throw 0	// no line end there
	} catch {
		unread++
		continue
	}
	files++
	try {
		const tree = load(name + '.yml')
		for (const line of fs.readFileSync(name + '.json', 'utf8').split('\n').filter((x) => x)) {
			const [at, want] = JSON.parse(line)
			if (find(old, at.slice(0, -1)) === undefined) continue	// it saw another file than we did
			const got = find(tree, at)
			values++
			if (!same(got, want)) {
				console.log(`${name}: ${JSON.stringify(at)}: ${JSON.stringify(got)} is not ${JSON.stringify(want)}`)
				bad++
			}
		}
	} catch (e) {
		console.log(`${name}: ${e.message}`)
		bad++
	}
}
console.log(`YAML 1.2: ${files} files, ${values} values, ${bad} wrong (${unread} files not read before)`)
process.exit(bad > 0 ? 1 : 0)
