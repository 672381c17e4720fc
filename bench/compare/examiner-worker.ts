import { digestOf } from '../files.js';

export default digestOf;
