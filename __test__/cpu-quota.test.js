'use strict';
// In a container the share of the cores that it may take counts, not how many the machine has.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');

const ROOT = '/sys/fs/cgroup';
const PERIOD = 100_000;

/** How a quota, in microseconds of each period, is set in either version of cgroups. */
const versions = {
  'version 1': {
    parent: path.join(ROOT, 'cpu'),
    set(group, quota) {
      fs.writeFileSync(path.join(group, 'cpu.cfs_period_us'), String(PERIOD));
      fs.writeFileSync(path.join(group, 'cpu.cfs_quota_us'), String(quota));
    },
  },
  'version 2': {
    parent: ROOT,
    set: (group, quota) => fs.writeFileSync(path.join(group, 'cpu.max'), `${quota} ${PERIOD}`),
  },
};

/** What a process in a group with this quota says; undefined where no such group can be made. */
function withQuota({ parent, set }, quota, script) {
  const group = path.join(parent, `tasklets-test-${process.pid}`);
  // It may be no group at all, but the directory that the groups of version 1 are mounted in.
  if (!fs.existsSync(path.join(parent, 'cgroup.procs'))) return undefined;
  try {
    fs.mkdirSync(group);
    set(group, quota);
  } catch {
    if (fs.existsSync(group)) fs.rmdirSync(group);
    return undefined;
  }
  try {
    const enter = `echo $$ > '${group}/cgroup.procs' && exec "$@"`;
    return execFileSync('sh', ['-c', enter, 'sh', process.execPath, '-e', script], {
      cwd: __dirname,
      encoding: 'utf8',
    });
  } finally {
    fs.rmdirSync(group);
  }
}

const script = `
  const tasklets = require('..');
  const workers = (workers) => new tasklets.Pool({ workers }).config().workers;
  const all = [tasklets.config().workers, workers('auto'), workers('cpu_count * 2'), workers({ max: 'cpu_count' }).max];
  tasklets.run(() => 'ran').then((ran) => console.log(JSON.stringify([...all, ran])));
`;

for (const [version, how] of Object.entries(versions)) {
  describe(`a quota of cgroups, ${version}`, () => {
    for (const [share, cores] of [
      [1, 1],
      [0.5, 1],
      [1.5, 1],
    ]) {
      it(`of ${share} cores`, (t) => {
        if (os.cpus().length < 2) return t.skip('one core has no share to take');
        const said = withQuota(how, share * PERIOD, script);
        if (said === undefined) return t.skip('no such group can be made here');
        assert.deepEqual(JSON.parse(said), [cores, cores, cores * 2, cores, 'ran']);
      });
    }
  });
}
