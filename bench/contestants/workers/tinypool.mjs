import { Tinypool } from 'tinypool';
import tasks from '../tasks.js';

export const { noop, echo, factorial, block, chunk } = tasks;
export const echoTransfer = (view) => Tinypool.move(view);
export const chunkTransfer = (input) => Tinypool.move(tasks.chunk(input));
