// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: per-namespace state, netfilter hooks, and the order in which
 * everything is taken down.
 *
 * Taking the module down:
 *  1. The genetlink family goes: no more requests.
 *  2. Tunnel devices go; interfaces are no longer watched.
 *  3. In every namespace: links, maps and SAs go, with the last one the hooks;
 *     held packets are dropped; then, after a grace period, we wait for
 *     asynchronous crypto and for pending expiry work.
 *  4. Workers of parallel SAs end; queues behind decryption go (cmap_in_exit()).
 *  5. RCU callbacks and the works they queued have run.
 */
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/genetlink.h>
#include "cryptomap.h"
#include "tunnel.h"

unsigned int cmap_net_id __read_mostly;
struct workqueue_struct *cmap_wq;

/*
 * INT_MAX - 1: after source NAT, before conntrack confirms (out.c runs what is
 * behind us). Clear packets are looked at twice: fragments before the stack
 * puts them together, so that a clear one can't slip in between decrypted
 * ones, and whole packets after that.
 */
#define HOOK(fn, family, num, prio, early) \
	{ .hook = fn, .pf = family, .hooknum = num, .priority = prio, .priv = (void *)(early) }

static const struct nf_hook_ops hooks[] = {
	HOOK(cmap_out_hook, NFPROTO_IPV4, NF_INET_POST_ROUTING, INT_MAX - 1, 0L),
	HOOK(cmap_in_hook, NFPROTO_IPV4, NF_INET_LOCAL_IN, INT_MAX - 1, 0L),
	HOOK(cmap_clear_hook, NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK_DEFRAG - 1, 1L),
	HOOK(cmap_clear_hook, NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK_DEFRAG + 1, 0L),
	HOOK(cmap_out_hook, NFPROTO_IPV6, NF_INET_POST_ROUTING, INT_MAX - 1, 0L),
	HOOK(cmap_in_hook, NFPROTO_IPV6, NF_INET_LOCAL_IN, INT_MAX - 1, 0L),
	HOOK(cmap_clear_hook, NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK_DEFRAG - 1, 1L),
	HOOK(cmap_clear_hook, NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK_DEFRAG + 1, 0L),
};

int cmap_main_use(struct cmap_net *cn)
{
	int err;

	lockdep_assert_held(&cn->lock);
	if (cn->hooks++)
		return 0;
	err = cmap_ring_init(cn) ?: cmap_out_net_init(cn);
	if (!err)
		err = nf_register_net_hooks(cn->net, hooks, ARRAY_SIZE(hooks));
	if (err)
		cn->hooks--;
	return err;
}

void cmap_main_unuse(struct cmap_net *cn)
{
	lockdep_assert_held(&cn->lock);
	if (!--cn->hooks)
		nf_unregister_net_hooks(cn->net, hooks, ARRAY_SIZE(hooks));
}

/* Those of @entries from @i on */
static noinline bool run_tail(struct sk_buff *skb, const struct nf_hook_state *state,
			      const struct nf_hook_entries *entries, unsigned int i,
			      int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb))
{
	struct nf_hook_state tail = *state;

	tail.okfn = okfn;
	return nf_hook_slow(skb, &tail, entries, i) == 1;
}

bool cmap_main_tail(struct sk_buff *skb, const struct nf_hook_state *state, nf_hookfn *hook,
		    int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb))
{
	const struct nf_hook_entries *entries;
	unsigned int i;

	if (state->pf == NFPROTO_IPV6)
		entries = rcu_dereference(state->net->nf.hooks_ipv6[state->hook]);
	else
		entries = rcu_dereference(state->net->nf.hooks_ipv4[state->hook]);
	/*
	 * Without us in the table the hook is being taken away; then nothing
	 * behind us can be told from what was in front.
	 */
	for (i = entries ? entries->num_hook_entries : 0; i > 0; i--)
		if (entries->hooks[i - 1].hook == hook)
			break;
	return !i || i == entries->num_hook_entries || run_tail(skb, state, entries, i, okfn);
}

static int __net_init net_init(struct net *net)
{
	struct cmap_net *cn = cmap_net(net);
	int cpu, err;

	cn->net = net;
	cn->map_changes = 1;
	mutex_init(&cn->lock);
	cmap_map_net_init(cn);
	atomic_set(&cn->async_pending, 0);
	cn->drops = alloc_percpu(struct cmap_drops);
	if (!cn->drops)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(cn->drops, cpu)->syncp);
	err = cmap_sa_net_init(cn);
	if (err)
		free_percpu(cn->drops);
	return err;
}

static void __net_exit net_pre_exit(struct net *net)
{
	cmap_map_flush(cmap_net(net));
}

/* A grace period has passed since net_pre_exit(): no packet is in our hooks. */
static void __net_exit net_exit(struct net *net)
{
	struct cmap_net *cn = cmap_net(net);

	cmap_map_net_exit(cn);
	cmap_esp_drain(cn);
	/*
	 * Rules and the tables' references to SAs go by RCU. Then no packet can
	 * start an expiry work any more; those that still run drop the last
	 * references, and that queues the works which free.
	 */
	rcu_barrier();
	flush_workqueue(cmap_wq);
	flush_workqueue(cmap_wq);
	cmap_out_net_exit(cn);
	cmap_sa_net_exit(cn);
	cmap_ring_exit(cn);
	free_percpu(cn->drops);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &cmap_net_id,
	.size = sizeof(struct cmap_net),
};

static struct notifier_block netdev_notifier = {
	.notifier_call = cmap_map_netdev,
};

static int __init cmap_main_init(void)
{
	int err;

	cmap_wq = alloc_workqueue("cryptomap", 0, 0);
	if (!cmap_wq)
		return -ENOMEM;
	err = cmap_esp_module_init();
	if (err)
		goto err_esp;
	err = cmap_parallel_init();
	if (err)
		goto err_parallel;
	err = cmap_in_init();
	if (err)
		goto err_in;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_net;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto err_notifier;
	err = cmap_tunnel_init();
	if (err)
		goto err_tunnel;
	err = cmap_netlink_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	cmap_tunnel_exit();
err_tunnel:
	unregister_netdevice_notifier(&netdev_notifier);
err_notifier:
	unregister_pernet_subsys(&net_ops);
err_net:
	cmap_in_exit();
err_in:
	cmap_parallel_exit();
err_parallel:
	cmap_esp_module_exit();
err_esp:
	destroy_workqueue(cmap_wq);
	return err;
}

static void __exit cmap_main_exit(void)
{
	cmap_netlink_exit();
	cmap_tunnel_exit();
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_pernet_subsys(&net_ops);
	cmap_parallel_exit();
	cmap_in_exit();
	rcu_barrier();
	destroy_workqueue(cmap_wq);
	cmap_esp_module_exit();
}

module_init(cmap_main_init);
module_exit(cmap_main_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Crypto maps: IPsec policy and ESP as on a Cisco IOS router");
MODULE_ALIAS_GENL_FAMILY(CMAP_GENL_NAME);
