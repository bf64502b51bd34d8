// SPDX-License-Identifier: MIT
/*
 * Written against Google Benchmark 1.7. Debian builds it with its checks on (BM_CHECK aborts), so
 * every condition the library checks is established here first. Where a remark says "the library",
 * it means the behaviour of that version's sources.
 */
#include "bench/core/gbench.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <ostream>
#include <regex>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using benchmark::BenchmarkReporter;
using benchmark::Counter;

namespace
{

/*
 * The library's results have room for an error message and nothing else, so a message starts with
 * a tag that says what it is. Reporters take it off again. The message of a benchmark that was
 * registered in C++ has none.
 */
constexpr char tag_skip[] = "\036S";
constexpr char tag_error[] = "\036E";
constexpr size_t tag_len = 2;

bool has_tag(const std::string &message, const char *tag)
{
	return message.compare(0, tag_len, tag) == 0;
}

/* What the repetitions of one instance (one benchmark, arguments, number of threads) share. */
struct instance {
	enum gb_status status = GB_OK;
	std::string reason;
	/* Iterations done, by thread and iterations planned. */
	std::map<std::pair<int, int64_t>, int64_t> counts;
};

/* A gb_run() in progress. */
struct session {
	uint64_t id;
	int repetitions;	    /* of benchmarks that set none */
	std::atomic<int> stop{ 0 }; /* the first -errno of a callback */

	/* Takes what a callback returned; true if that ends the run. */
	bool take(int ret) noexcept
	{
		if (ret != 0) {
			int none = 0;

			stop.compare_exchange_strong(none, ret < 0 ? ret : -ECANCELED);
		}
		return ret != 0;
	}
};

std::atomic<bool> running{ false };
struct session *current; /* NULL when C++ code runs the library directly */

int errno_of_exception() noexcept
{
	try {
		throw;
	} catch (const std::bad_alloc &) {
		return -ENOMEM;
	} catch (const std::regex_error &) {
		return -EINVAL;
	} catch (const std::system_error &e) {
		return e.code().value() > 0 ? -e.code().value() : -EIO;
	} catch (...) {
		return -EIO;
	}
}

template <class F> int guarded(F f) noexcept
{
	try {
		return f();
	} catch (...) {
		return errno_of_exception();
	}
}

bool is_time(double seconds)
{
	return std::isfinite(seconds) && seconds >= 0;
}

bool is_unit(enum gb_unit unit)
{
	return unit >= GB_NANOSECOND && unit <= GB_SECOND;
}

constexpr std::pair<unsigned int, Counter::Flags> counter_flags[] = {
	{ GB_COUNTER_RATE, Counter::kIsRate },
	{ GB_COUNTER_AVG_THREADS, Counter::kAvgThreads },
	{ GB_COUNTER_PER_ITERATION, Counter::kIsIterationInvariant },
	{ GB_COUNTER_AVG_ITERATIONS, Counter::kAvgIterations },
	{ GB_COUNTER_INVERT, Counter::kInvert },
};

Counter make_counter(double value, unsigned int flags)
{
	Counter::Flags theirs = Counter::kDefaults;

	for (const auto &f : counter_flags) {
		if (flags & f.first)
			theirs = theirs | f.second;
	}
	return Counter(value, theirs,
		       flags & GB_COUNTER_1024 ? Counter::kIs1024 : Counter::kIs1000);
}

unsigned int flags_of(const Counter &counter)
{
	unsigned int flags = counter.oneK == Counter::kIs1024 ? GB_COUNTER_1024 : GB_COUNTER_PLAIN;

	for (const auto &f : counter_flags) {
		if (counter.flags & f.second)
			flags |= f.first;
	}
	return flags;
}

static_assert(GB_NANOSECOND == static_cast<int>(benchmark::kNanosecond) &&
		      GB_MICROSECOND == static_cast<int>(benchmark::kMicrosecond) &&
		      GB_MILLISECOND == static_cast<int>(benchmark::kMillisecond) &&
		      GB_SECOND == static_cast<int>(benchmark::kSecond),
	      "units are cast");

constexpr unsigned int all_counter_flags = GB_COUNTER_RATE | GB_COUNTER_AVG_THREADS |
					   GB_COUNTER_PER_ITERATION | GB_COUNTER_AVG_ITERATIONS |
					   GB_COUNTER_INVERT | GB_COUNTER_1024;

} /* namespace */

struct gb_benchmark final : public benchmark::internal::Benchmark {
	gb_benchmark(const char *name, gb_function function, void *arg)
	    : Benchmark(name), fn(function), user(arg)
	{
	}
	void Run(benchmark::State &st) override;
	bool args_fit(size_t nr) const
	{
		return ArgsCnt() == -1 || nr_args() == nr;
	}
	size_t nr_args() const
	{
		return ArgsCnt() > 0 ? static_cast<size_t>(ArgsCnt()) : 0;
	}
	struct instance *find_instance(const benchmark::State &st);

	const gb_function fn;
	void *const user;

	/* The library's own copies are private. */
	int64_t iterations = 0;
	bool has_times = false, real_time = false, manual_time = false;
	int repetitions = 0;

	std::mutex lock; /* for all below: threads of one run share them */
	std::map<std::string, unsigned int> flags;
	uint64_t session_id = 0; /* of the run that instances belong to */
	std::map<std::vector<int64_t>, struct instance> instances;
};

/*
 * The library's State, and what is needed to keep it from aborting: it wants each loop finished,
 * its clock running at the end, and the same count of iterations in all repetitions, failed ones
 * included. So the library hears of a failure only after its loop was brought to a proper end.
 */
struct gb_state {
	gb_state(benchmark::State &state, struct gb_benchmark &benchmark)
	    : st(state), bench(benchmark)
	{
	}
	void fail(enum gb_status why, const char *text) noexcept;
	int misuse(const char *text) noexcept
	{
		fail(GB_FAILED, text);
		return -EINVAL;
	}
	bool is_timing() const
	{
		return started && !ended && status == GB_OK;
	}
	bool keep_running_slow(int64_t nr);
	void conclude();

	benchmark::State &st;
	struct gb_benchmark &bench;
	int64_t left = 0;     /* iterations that gb_keep_running_batch() may hand out */
	int64_t expected = 0; /* iterations of an earlier repetition; 0: this is the first */
	bool started = false, ended = false, paused = false;
	enum gb_status status = GB_OK;
	std::string reason;
};

void gb_state::fail(enum gb_status why, const char *text) noexcept
{
	if (status != GB_OK)
		return;
	status = why;
	left = 0;
	try {
		reason = text;
	} catch (...) {
		reason = "out of memory"; /* short enough to need none */
	}
}

/* The first call, the last batch, the end, and misuse. */
bool gb_state::keep_running_slow(int64_t nr)
{
	if (nr <= 0 || nr > std::numeric_limits<int64_t>::max() - st.max_iterations)
		misuse("gb_keep_running_batch: no possible number of iterations");
	if (ended || status != GB_OK)
		return false;
	if (!started)
		left = st.max_iterations;
	if (nr >= left && left > 0 && expected && st.max_iterations - left + nr != expected) {
		misuse("gb_keep_running_batch: not the iterations of the first repetition");
		return false;
	}
	if (left > 0) {
		started = true;
		left = nr < left ? left - nr : 0;
		return st.KeepRunningBatch(nr);
	}
	if (paused)
		st.ResumeTiming();
	paused = false;
	ended = true;
	return st.KeepRunningBatch(1);
}

void gb_state::conclude()
{
	int64_t max = st.max_iterations, done = st.iterations();

	if (!ended)
		fail(GB_FAILED, "returned before gb_keep_running() returned 0");
	if (!ended) {
		if (done < max)
			st.KeepRunningBatch(max - done + (expected ? expected - max : 0));
		if (paused)
			st.ResumeTiming();
		st.KeepRunningBatch(1);
	}
	if (status != GB_OK)
		st.SkipWithError(((status == GB_SKIPPED ? tag_skip : tag_error) + reason).c_str());
}

/* NULL if repetitions do not matter, because there is one. Call with the lock held. */
struct instance *gb_benchmark::find_instance(const benchmark::State &st)
{
	std::vector<int64_t> key;

	if (!current || (repetitions ? repetitions : current->repetitions) < 2)
		return nullptr;
	if (session_id != current->id)
		instances.clear();
	session_id = current->id;
	for (size_t i = 0; i < nr_args(); i++)
		key.push_back(st.range(i));
	key.push_back(st.threads());
	return &instances[key];
}

void gb_benchmark::Run(benchmark::State &st)
{
	struct gb_state s(st, *this);
	const std::pair<int, int64_t> key(st.thread_index(), st.max_iterations);
	struct instance *instance;

	{
		std::lock_guard<std::mutex> guard(lock);

		instance = find_instance(st);
		if (instance) {
			const auto count = instance->counts.find(key);

			if (count != instance->counts.end())
				s.expected = count->second;
			if (instance->status != GB_OK)
				s.fail(instance->status, instance->reason.c_str());
		}
	}
	if (current && current->stop)
		s.fail(GB_FAILED, "stopped");
	if (s.status == GB_OK)
		fn(&s, user);
	s.conclude();

	std::lock_guard<std::mutex> guard(lock);

	if (instance && s.status == GB_OK) {
		instance->counts.emplace(key, st.iterations());
	} else if (instance && instance->status == GB_OK) {
		/*
		 * After a failed first repetition, a second that works would send the library to
		 * an uninitialised pointer (ComputeStats(): reports[0].statistics).
		 */
		instance->reason = s.reason;
		instance->status = s.status;
	}
}

namespace
{

/* Where a library reporter's text goes, at each flush. */
class sink final : public std::stringbuf
{
      public:
	sink(const struct gb_output &output, struct session &run) : out(output), owner(run)
	{
	}

      protected:
	int sync() override
	{
		const std::string text = str();
		int err = 0;

		str("");
		if (text.empty())
			return 0;
		errno = 0;
		if (!out.file)
			err = out.write(out.user, text.data(), text.size());
		else if (fwrite(text.data(), 1, text.size(), out.file) != text.size() ||
			 fflush(out.file) != 0)
			err = errno > 0 ? -errno : -EIO;
		return owner.take(err) ? -1 : 0;
	}

      private:
	const struct gb_output &out;
	struct session &owner;
};

/* One of the library's reporters. */
class library_output
{
      public:
	library_output(const struct gb_output &output, struct session &run)
	    : buffer(output, run), text(&buffer), nowhere(nullptr), holds(output.format == GB_CSV)
	{
		int options = benchmark::ConsoleReporter::OO_None;
		std::ostream *description = &text;

		switch (output.format) {
		case GB_CONSOLE:
			if (output.flags & GB_OUTPUT_COLOR)
				options |= benchmark::ConsoleReporter::OO_Color;
			if (output.flags & GB_OUTPUT_TABULAR)
				options |= benchmark::ConsoleReporter::OO_Tabular;
			if (output.flags & GB_OUTPUT_NO_CONTEXT)
				description = &nowhere;
			reporter.reset(new benchmark::ConsoleReporter(
				static_cast<benchmark::ConsoleReporter::OutputOptions>(options)));
			break;
		case GB_JSON:
			reporter.reset(new benchmark::JSONReporter);
			break;
		case GB_CSV:
			description = &nowhere;
			BENCHMARK_DISABLE_DEPRECATED_WARNING
			reporter.reset(new benchmark::CSVReporter);
			BENCHMARK_RESTORE_DEPRECATED_WARNING
			break;
		}
		reporter->SetOutputStream(&text);
		reporter->SetErrorStream(description);
	}

	void begin(const BenchmarkReporter::Context &context)
	{
		begun = true;
		reporter->ReportContext(context);
		text.flush();
	}

	/* The library's CSV names only the first rows' counters and aborts when others follow. */
	void results(const std::vector<BenchmarkReporter::Run> &runs)
	{
		if (holds)
			held.insert(held.end(), runs.begin(), runs.end());
		else
			reporter->ReportRuns(runs);
		text.flush();
	}

	void end()
	{
		if (!begun)
			return;
		if (holds)
			reporter->ReportRuns(held);
		reporter->Finalize();
		text.flush();
	}

	/* No text was lost, be it for want of memory: streams swallow that exception. */
	bool is_whole() const
	{
		return text.good();
	}

      private:
	sink buffer;
	std::ostream text, nowhere;
	std::unique_ptr<BenchmarkReporter> reporter;
	std::vector<BenchmarkReporter::Run> held;
	const bool holds;
	bool begun = false;
};

/* The library's own answer; it is compiled in and only its JSON tells it. */
const char *library_build_type(const BenchmarkReporter::Context &context)
{
	static const bool is_release = [&context] {
		benchmark::JSONReporter json;
		std::ostringstream text;

		json.SetOutputStream(&text);
		json.ReportContext(context);
		return text.str().find("\"library_build_type\": \"release\"") != std::string::npos;
	}();

	return is_release ? "release" : "debug";
}

/* The display reporter of every run: hands each event to the C reporters, then to the outputs. */
class tee final : public BenchmarkReporter
{
      public:
	tee(const struct gb_options &options, struct session &session_of_run)
	    : opt(options), run(session_of_run), nowhere(nullptr)
	{
		SetOutputStream(&nowhere);
		SetErrorStream(&complaint);
		for (size_t i = 0; i < opt.nr_outputs; i++)
			outputs.emplace_back(new library_output(opt.outputs[i], run));
	}

	bool ReportContext(const Context &context) override;
	void ReportRuns(const std::vector<Run> &runs) override;

	void Finalize() override
	{
		for (const auto &output : outputs)
			output->end();
	}

	void finish(int err) const noexcept
	{
		for (size_t i = 0; is_due && i < opt.nr_reporters; i++) {
			if (opt.reporters[i].finish)
				opt.reporters[i].finish(opt.reporters[i].user, err);
		}
	}

	/* For a filter it cannot compile the library prints, and runs nothing. */
	bool is_bad_filter() const
	{
		return !is_due && complaint.str().compare(0, 17, "Could not compile") == 0;
	}

	bool is_whole() const
	{
		for (const auto &output : outputs) {
			if (!output->is_whole())
				return false;
		}
		return true;
	}

      private:
	bool report(const Run &r) const;

	const struct gb_options &opt;
	struct session &run;
	std::ostream nowhere;
	std::ostringstream complaint;
	std::vector<std::unique_ptr<library_output>> outputs;
	bool is_due = false;
};

bool tee::ReportContext(const Context &context)
{
	const auto *custom = benchmark::internal::GetGlobalContext();
	const benchmark::CPUInfo &cpu = context.cpu_info;
	std::vector<struct gb_cache> caches;
	std::vector<struct gb_key_value> pairs;
	struct gb_context c = {};

	is_due = true;
	for (const auto &cache : cpu.caches)
		caches.push_back(
			{ cache.type.c_str(), cache.level, cache.size, cache.num_sharing });
	if (custom) {
		for (const auto &pair : *custom)
			pairs.push_back({ pair.first.c_str(), pair.second.c_str() });
	}
	c.library_version = gb_library_version();
	c.library_build_type = library_build_type(context);
	c.host_name = context.sys_info.name.c_str();
	c.executable = Context::executable_name;
	c.nr_cpus = cpu.num_cpus;
	c.cycles_per_second = cpu.cycles_per_second;
	c.scaling = cpu.scaling == benchmark::CPUInfo::ENABLED	  ? GB_SCALING_ENABLED
		    : cpu.scaling == benchmark::CPUInfo::DISABLED ? GB_SCALING_DISABLED
								  : GB_SCALING_UNKNOWN;
	c.caches = caches.data();
	c.nr_caches = caches.size();
	c.load_avg = cpu.load_avg.data();
	c.nr_load_avg = cpu.load_avg.size();
	c.custom = pairs.data();
	c.nr_custom = pairs.size();
	for (size_t i = 0; i < opt.nr_reporters; i++) {
		const struct gb_reporter &r = opt.reporters[i];

		if (r.context && run.take(r.context(r.user, &c)))
			return false;
	}
	for (const auto &output : outputs)
		output->begin(context);
	return !run.stop;
}

/* False if a reporter stopped the run. */
bool tee::report(const Run &r) const
{
	const std::string name = r.benchmark_name(), run_name = r.run_name.str();
	const char *message = r.error_message.c_str();
	std::vector<struct gb_counter> counters;
	struct gb_result res = {};

	res.name = name.c_str();
	res.run_name = run_name.c_str();
	res.base_name = r.run_name.function_name.c_str();
	res.family_index = r.family_index;
	res.instance_index = r.per_family_instance_index;
	res.type = r.run_type == Run::RT_Aggregate ? GB_AGGREGATE : GB_ITERATION;
	res.aggregate_name = r.aggregate_name.c_str();
	res.is_ratio = res.type == GB_AGGREGATE && r.aggregate_unit == benchmark::kPercentage;
	if (!r.error_occurred)
		res.status = GB_OK;
	else
		res.status = has_tag(r.error_message, tag_skip) ? GB_SKIPPED : GB_FAILED;
	if (has_tag(r.error_message, tag_skip) || has_tag(r.error_message, tag_error))
		message += tag_len;
	res.message = message;
	res.iterations = r.iterations;
	res.threads = static_cast<int>(r.threads);
	res.repetitions = r.repetitions;
	res.repetition_index = r.repetition_index;
	res.unit = static_cast<enum gb_unit>(r.time_unit);
	res.real_time = res.is_ratio ? r.real_accumulated_time : r.GetAdjustedRealTime();
	res.cpu_time = res.is_ratio ? r.cpu_accumulated_time : r.GetAdjustedCPUTime();
	res.real_s = res.type == GB_ITERATION ? r.real_accumulated_time : 0;
	res.cpu_s = res.type == GB_ITERATION ? r.cpu_accumulated_time : 0;
	res.label = r.report_label.c_str();
	for (const auto &c : r.counters)
		counters.push_back({ c.first.c_str(), c.second.value, flags_of(c.second) });
	res.counters = counters.data();
	res.nr_counters = counters.size();
	for (size_t i = 0; i < opt.nr_reporters; i++) {
		const struct gb_reporter &reporter = opt.reporters[i];

		if (reporter.result && run.take(reporter.result(reporter.user, &res)))
			return false;
	}
	return true;
}

void tee::ReportRuns(const std::vector<Run> &runs)
{
	std::vector<Run> plain;

	if (run.stop)
		return;
	for (const Run &r : runs) {
		if (!report(r))
			return;
	}
	if (outputs.empty())
		return;
	for (const Run &r : runs) {
		plain.push_back(r);
		std::string &message = plain.back().error_message;

		if (has_tag(message, tag_skip))
			message.replace(0, tag_len, "SKIPPED: ");
		else if (has_tag(message, tag_error))
			message.erase(0, tag_len);
	}
	for (const auto &output : outputs)
		output->results(plain);
}

/* For the library's strtod(): in the process's locale. */
std::string print_double(double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.17g", value);
	return text;
}

/*
 * For as long as it lives, the library has no custom context. BENCHMARK_CONTEXT cannot be unset,
 * and each parsing of flags adds it anew: that goes to waste here.
 */
class context_aside
{
      public:
	context_aside() : ours(slot)
	{
		slot = nullptr;
	}
	context_aside(const context_aside &) = delete;
	context_aside &operator=(const context_aside &) = delete;
	~context_aside()
	{
		delete slot;
		slot = ours;
	}

      private:
	std::map<std::string, std::string> *&slot = benchmark::internal::GetGlobalContext();
	std::map<std::string, std::string> *const ours;
};

/*
 * The library takes defaults from flags, and those from the environment. Set every flag that
 * plays a part in a run, through the library's parser of command lines, its only public way.
 */
void set_flags(const struct gb_options &opt)
{
	static std::string executable; /* the library keeps the pointer */
	const context_aside aside;
	std::vector<char *> argv;
	int argc;
	std::string args[] = {
		opt.executable ? opt.executable : program_invocation_name,
		"--benchmark_list_tests=false",
		"--benchmark_filter=",
		"--benchmark_min_time=" + print_double(opt.min_time_s > 0 ? opt.min_time_s : 0.5),
		"--benchmark_min_warmup_time=" + print_double(opt.min_warmup_time_s),
		"--benchmark_repetitions=" + std::to_string(opt.repetitions ? opt.repetitions : 1),
		std::string("--benchmark_enable_random_interleaving=") +
			(opt.random_interleaving ? "true" : "false"),
		std::string("--benchmark_report_aggregates_only=") +
			(opt.aggregates_only ? "true" : "false"),
		"--benchmark_display_aggregates_only=false",
		"--benchmark_format=console",
		"--benchmark_out=",
		"--benchmark_out_format=json",
		"--benchmark_color=false",
		"--benchmark_counters_tabular=false",
		"--benchmark_perf_counters=",
		std::string("--benchmark_time_unit=") + gb_unit_name(opt.unit),
		"--v=0",
	};
	executable = args[0];
	argv.push_back(&executable[0]);
	for (size_t i = 1; i < sizeof(args) / sizeof(args[0]); i++)
		argv.push_back(&args[i][0]);
	argc = static_cast<int>(argv.size());
	argv.push_back(nullptr);

	benchmark::Initialize(&argc, argv.data());
}

bool is_valid(const struct gb_options &opt)
{
	if (opt.repetitions < 0 || !is_time(opt.min_time_s) || !is_time(opt.min_warmup_time_s) ||
	    !is_unit(opt.unit))
		return false;
	if ((opt.nr_reporters && !opt.reporters) || (opt.nr_outputs && !opt.outputs))
		return false;
	for (size_t i = 0; i < opt.nr_outputs; i++) {
		const struct gb_output &o = opt.outputs[i];
		const unsigned int known = o.format == GB_CONSOLE
						   ? GB_OUTPUT_COLOR | GB_OUTPUT_TABULAR |
							     GB_OUTPUT_NO_CONTEXT
						   : 0;

		if (o.format < GB_CONSOLE || o.format > GB_CSV || (o.flags & ~known) ||
		    (!o.file && !o.write))
			return false;
	}
	return true;
}

int run_session(const struct gb_options &opt)
{
	static uint64_t last_id;
	struct session run = {};
	tee reporter(opt, run);
	int ret;

	run.id = ++last_id;
	run.repetitions = opt.repetitions;
	current = &run;
	ret = guarded([&] {
		set_flags(opt);
		return static_cast<int>(benchmark::RunSpecifiedBenchmarks(
			&reporter, std::string(opt.filter ? opt.filter : "")));
	});
	current = nullptr;
	if (run.stop)
		ret = run.stop;
	else if (ret >= 0 && reporter.is_bad_filter())
		ret = -EINVAL;
	else if (ret >= 0 && !reporter.is_whole())
		ret = -ENOMEM;
	reporter.finish(ret < 0 ? ret : 0);
	return ret;
}

/* For what a benchmark function calls: what fails here makes the run an error run. */
template <class F> int attempt(struct gb_state *state, F f) noexcept
{
	int ret = guarded(f);

	if (ret < 0)
		state->fail(GB_FAILED,
			    ret == -ENOMEM ? "out of memory" : "exception in the library");
	return ret;
}

/* For settings and registration, which must not move things under a run. */
template <class F> int configure(F f) noexcept
{
	return running ? -EBUSY : guarded(f);
}

} /* namespace */

const char *gb_unit_name(enum gb_unit unit) noexcept
{
	static const char *const names[] = { "ns", "us", "ms", "s" };

	return is_unit(unit) ? names[unit] : "?";
}

const char *gb_library_version(void) noexcept
{
	return GB_LIBRARY_VERSION;
}

int gb_register(const char *name, gb_function fn, void *user, struct gb_benchmark **out) noexcept
{
	if (!name || !*name || !fn)
		return -EINVAL;
	return configure([&] {
		auto owned = std::make_unique<struct gb_benchmark>(name, fn, user);
		/* The library owns it from here on, also when it throws. */
		/* NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks) */
		auto *b = benchmark::internal::RegisterBenchmarkInternal(owned.release());

		if (out)
			*out = static_cast<struct gb_benchmark *>(b);
		return 0;
	});
}

int gb_clear(void) noexcept
{
	return configure([] {
		benchmark::ClearRegisteredBenchmarks();
		return 0;
	});
}

int gb_bench_args(struct gb_benchmark *b, const int64_t *args, size_t nr) noexcept
{
	if (!b || !args || !nr || !b->args_fit(nr))
		return -EINVAL;
	return configure([&] {
		b->Args(std::vector<int64_t>(args, args + nr));
		return 0;
	});
}

int gb_bench_arg_names(struct gb_benchmark *b, const char *const *names, size_t nr) noexcept
{
	if (!b || !names || !nr || !b->args_fit(nr))
		return -EINVAL;
	for (size_t i = 0; i < nr; i++) {
		if (!names[i])
			return -EINVAL;
	}
	return configure([&] {
		b->ArgNames(std::vector<std::string>(names, names + nr));
		return 0;
	});
}

int gb_bench_range(struct gb_benchmark *b, int64_t lo, int64_t hi, int multiplier) noexcept
{
	if (!b || lo > hi || multiplier < 2 || !b->args_fit(1))
		return -EINVAL;
	return configure([&] {
		b->RangeMultiplier(multiplier)->Range(lo, hi);
		return 0;
	});
}

int gb_bench_dense_range(struct gb_benchmark *b, int64_t lo, int64_t hi, int step) noexcept
{
	/* The library steps once beyond hi. */
	if (!b || lo > hi || step < 1 || hi > std::numeric_limits<int64_t>::max() - step ||
	    !b->args_fit(1))
		return -EINVAL;
	return configure([&] {
		b->DenseRange(lo, hi, step);
		return 0;
	});
}

int gb_bench_iterations(struct gb_benchmark *b, int64_t nr) noexcept
{
	if (!b || nr < 1 || b->has_times)
		return -EINVAL;
	return configure([&] {
		b->Iterations(nr);
		b->iterations = nr;
		return 0;
	});
}

int gb_bench_min_time(struct gb_benchmark *b, double seconds) noexcept
{
	if (!b || !is_time(seconds) || seconds == 0 || b->iterations)
		return -EINVAL;
	return configure([&] {
		b->MinTime(seconds);
		b->has_times = true;
		return 0;
	});
}

int gb_bench_min_warmup_time(struct gb_benchmark *b, double seconds) noexcept
{
	if (!b || !is_time(seconds) || b->iterations)
		return -EINVAL;
	return configure([&] {
		b->MinWarmUpTime(seconds);
		b->has_times = true;
		return 0;
	});
}

int gb_bench_repetitions(struct gb_benchmark *b, int nr) noexcept
{
	if (!b || nr < 1)
		return -EINVAL;
	return configure([&] {
		b->Repetitions(nr);
		b->repetitions = nr;
		return 0;
	});
}

int gb_bench_aggregates_only(struct gb_benchmark *b, bool only) noexcept
{
	if (!b)
		return -EINVAL;
	return configure([&] {
		b->ReportAggregatesOnly(only);
		return 0;
	});
}

int gb_bench_unit(struct gb_benchmark *b, enum gb_unit unit) noexcept
{
	if (!b || !is_unit(unit))
		return -EINVAL;
	return configure([&] {
		b->Unit(static_cast<benchmark::TimeUnit>(unit));
		return 0;
	});
}

int gb_bench_real_time(struct gb_benchmark *b) noexcept
{
	if (!b || b->manual_time)
		return -EINVAL;
	return configure([&] {
		b->UseRealTime();
		b->real_time = true;
		return 0;
	});
}

int gb_bench_manual_time(struct gb_benchmark *b) noexcept
{
	if (!b || b->real_time)
		return -EINVAL;
	return configure([&] {
		b->UseManualTime();
		b->manual_time = true;
		return 0;
	});
}

int gb_bench_process_cpu_time(struct gb_benchmark *b) noexcept
{
	if (!b)
		return -EINVAL;
	return configure([&] {
		b->MeasureProcessCPUTime();
		return 0;
	});
}

int gb_bench_threads(struct gb_benchmark *b, int nr) noexcept
{
	if (!b || nr < 1)
		return -EINVAL;
	return configure([&] {
		b->Threads(nr);
		return 0;
	});
}

int gb_keep_running(struct gb_state *state) noexcept
{
	return gb_keep_running_batch(state, 1);
}

int gb_keep_running_batch(struct gb_state *state, int64_t nr) noexcept
{
	if (nr > 0 && nr < state->left) {
		state->left -= nr;
		return state->st.KeepRunningBatch(nr);
	}
	return attempt(state, [&] { return static_cast<int>(state->keep_running_slow(nr)); }) > 0;
}

int gb_pause_timing(struct gb_state *state) noexcept
{
	if (!state->is_timing() || state->paused)
		return state->misuse("gb_pause_timing: the clock is not running");
	return attempt(state, [&] {
		state->st.PauseTiming();
		state->paused = true;
		return 0;
	});
}

int gb_resume_timing(struct gb_state *state) noexcept
{
	if (!state->is_timing() || !state->paused)
		return state->misuse("gb_resume_timing: the clock is not paused");
	return attempt(state, [&] {
		state->paused = false;
		state->st.ResumeTiming();
		return 0;
	});
}

int gb_set_iteration_time(struct gb_state *state, double seconds) noexcept
{
	if (!state->bench.manual_time)
		return state->misuse("gb_set_iteration_time: not registered for manual time");
	if (!is_time(seconds))
		return state->misuse("gb_set_iteration_time: not a time");
	return attempt(state, [&] {
		state->st.SetIterationTime(seconds);
		return 0;
	});
}

int gb_skip(struct gb_state *state, const char *reason) noexcept
{
	if (!reason)
		return state->misuse("gb_skip: no reason");
	state->fail(GB_SKIPPED, reason);
	return 0;
}

int gb_skip_with_error(struct gb_state *state, const char *message) noexcept
{
	if (!message)
		return state->misuse("gb_skip_with_error: no message");
	state->fail(GB_FAILED, message);
	return 0;
}

int gb_set_label(struct gb_state *state, const char *label) noexcept
{
	if (!label)
		return state->misuse("gb_set_label: no label");
	return attempt(state, [&] {
		state->st.SetLabel(label);
		return 0;
	});
}

int gb_set_counter(struct gb_state *state, const char *name, double value,
		   unsigned int flags) noexcept
{
	struct gb_benchmark &b = state->bench;

	if (!name || !*name || (flags & ~all_counter_flags))
		return state->misuse("gb_set_counter: no name, or unknown flags");
	return attempt(state, [&] {
		{
			/* The library compares flags across threads and repetitions. */
			std::lock_guard<std::mutex> guard(b.lock);

			if (b.flags.emplace(name, flags).first->second != flags)
				return state->misuse(
					"gb_set_counter: not the flags of its first use");
		}
		state->st.counters[name] = make_counter(value, flags);
		return 0;
	});
}

int gb_set_items_processed(struct gb_state *state, int64_t items) noexcept
{
	if (items < 0)
		return state->misuse("gb_set_items_processed: less than none");
	return gb_set_counter(state, "items_per_second", static_cast<double>(items),
			      GB_COUNTER_RATE);
}

int gb_set_bytes_processed(struct gb_state *state, int64_t bytes) noexcept
{
	if (bytes < 0)
		return state->misuse("gb_set_bytes_processed: less than none");
	return gb_set_counter(state, "bytes_per_second", static_cast<double>(bytes),
			      GB_COUNTER_RATE | GB_COUNTER_1024);
}

int64_t gb_range(struct gb_state *state, size_t i) noexcept
{
	if (i >= state->bench.nr_args()) {
		state->misuse("gb_range: no such argument");
		return 0;
	}
	return state->st.range(i);
}

int64_t gb_iterations(const struct gb_state *state) noexcept
{
	return state->st.iterations();
}

int64_t gb_max_iterations(const struct gb_state *state) noexcept
{
	return state->st.max_iterations;
}

int gb_threads(const struct gb_state *state) noexcept
{
	return state->st.threads();
}

int gb_thread_index(const struct gb_state *state) noexcept
{
	return state->st.thread_index();
}

int gb_context_add(const char *key, const char *value) noexcept
{
	if (!key || !*key || !value)
		return -EINVAL;
	return configure([&] {
		const auto *custom = benchmark::internal::GetGlobalContext();

		if (custom && custom->count(key))
			return -EEXIST; /* where the library would print */
		benchmark::AddCustomContext(key, value);
		return 0;
	});
}

int gb_context_clear(void) noexcept
{
	return configure([] {
		auto *&custom = benchmark::internal::GetGlobalContext();

		delete custom;
		custom = nullptr;
		return 0;
	});
}

int gb_run(const struct gb_options *options) noexcept
{
	struct gb_options standard = {};
	struct gb_output table = {};
	int ret;

	if (!options) {
		table.file = stdout;
		standard.outputs = &table;
		standard.nr_outputs = 1;
		options = &standard;
	}
	if (!is_valid(*options))
		return -EINVAL;
	if (running.exchange(true))
		return -EBUSY;
	ret = guarded([&] { return run_session(*options); });
	running = false;
	return ret;
}
