/* SPDX-License-Identifier: MIT */
/* commands.h - the subcommands; each parses its own arguments and returns an exit code. */
#ifndef BENCH_CLI_COMMANDS_H
#define BENCH_CLI_COMMANDS_H

/* argv[0] is "fpstate-bench NAME", for messages. */
int command_ab(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_lab(int argc, char **argv);
int command_list(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_model(int argc, char **argv);
int command_noise(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_report(int argc, char **argv);
int command_run(int argc, char **argv);
int command_trend(int argc, char **argv);

/* Internal, inside the lab's machine: saves a vCPU's xstate (host/vmm/carried.h) to `path`. */
int command_save_state(const char *path);

#endif
