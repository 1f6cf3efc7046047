package mayfly.clonepool.service;

import mayfly.clonepool.protocol.Frame;
import mayfly.sandbox.Bytes;
import mayfly.sandbox.posix.ProcessIdentity;

/**
 * What somebody gets who logs in.
 *
 * @param frame the claim that stands for his login: of a session, without a command
 * @param shell what runs in it
 * @param until the process that has logged him in; his session ends with it
 */
record Login(Frame.Claim frame, Bytes shell, ProcessIdentity until) {}
