"""The GraphQL documents sent to Shopify, and nothing else; a test validates each against the published schema.

Page sizes keep every document below the 1000 points Shopify allows a single query. Where a door method needs two
connections of one thing, the first page of the second comes with the first.
"""

# One fulfillment at a time, its lines in pages: both connections may be long.
_UNITS = """
fragment Units on ReturnableFulfillmentConnection {
  nodes {
    returnableFulfillmentLineItems(first: 50, after: $line) {
      nodes { quantity fulfillmentLineItem { id lineItem { id } } }
      pageInfo { hasNextPage endCursor }
    }
  }
  pageInfo { hasNextPage endCursor }
}
"""

_PAYMENT = """
fragment Payment on OrderTransaction {
  id kind status gateway
  amountSet { presentmentMoney { amount currencyCode } }
  parentTransaction { id }
}
"""

ORDER = (
    """
query Order($id: ID!, $after: String, $line: String) {
  shop { myshopifyDomain }
  order(id: $id) {
    legacyResourceId name createdAt presentmentCurrencyCode sourceName email taxesIncluded customerLocale
    customAttributes { key value }
    customer { legacyResourceId displayName tags defaultEmailAddress { emailAddress } }
    purchasingEntity { ... on PurchasingCompany { company { name } } }
    paymentTerms { paymentTermsName }
    shippingAddress { countryCodeV2 }
    fulfillments(first: 20) { status deliveredAt }
    transactions(first: 50) { ...Payment }
    lineItems(first: 40, after: $after) {
      nodes {
        id sku title quantity unfulfilledQuantity
        customAttributes { key value }
        lineItemGroup { id title quantity }
        originalUnitPriceSet { presentmentMoney { amount currencyCode } }
        discountAllocations {
          allocatedAmountSet { presentmentMoney { amount currencyCode } }
          discountApplication { allocationMethod targetSelection }
        }
        taxLines { ratePercentage }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
  returnableFulfillments(orderId: $id, first: 1) { ...Units }
}
"""
    + _UNITS
    + _PAYMENT
)

RETURNABLE = (
    """
query Returnable($id: ID!, $fulfillment: String, $line: String) {
  returnableFulfillments(orderId: $id, first: 1, after: $fulfillment) { ...Units }
}
"""
    + _UNITS
)

REASONS = """
query Reasons {
  returnReasonDefinitions(first: 50) { nodes { id handle deleted } }
}
"""

# Every line we write carries the mark, so the first one is enough to know a return of ours.
MARKS = (
    """
query Marks($id: ID!, $after: String, $line: String) {
  order(id: $id) {
    returns(first: 50, after: $after) {
      nodes { id name status returnLineItems(first: 1) { nodes { returnReasonNote } } }
      pageInfo { hasNextPage endCursor }
    }
  }
  returnableFulfillments(orderId: $id, first: 1) { ...Units }
}
"""
    + _UNITS
)

_STATE = """
fragment State on Return {
  id name status
  order { legacyResourceId }
  returnLineItems(first: 50, after: $after) {
    nodes {
      id quantity processedQuantity
      returnReasonDefinition { handle }
      ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_MOVED = """
fragment Moved on Return {
  refunds(first: 5) {
    nodes {
      id createdAt
      transactions(first: 20) {
        nodes {
          kind status gateway
          amountSet { presentmentMoney { amount currencyCode } }
          parentTransaction { id }
        }
      }
    }
  }
}
"""

RETURN = (
    """
query Return($id: ID!, $after: String) {
  return(id: $id) { ...State }
}
"""
    + _STATE
)

_REVERSE = """
fragment Reverse on ReverseFulfillmentOrderConnection {
  nodes {
    status
    lineItems(first: 50, after: $line) {
      nodes { id totalQuantity fulfillmentLineItem { id } dispositions { quantity type } }
      pageInfo { hasNextPage endCursor }
    }
  }
  pageInfo { hasNextPage endCursor }
}
"""

PAYABLE = (
    """
query Payable($id: ID!, $after: String, $line: String) {
  return(id: $id) {
    ...State ...Moved
    order {
      presentmentCurrencyCode
      paymentTerms { paymentTermsName }
      transactions(first: 50) { ...Payment }
    }
    reverseFulfillmentOrders(first: 1) { ...Reverse }
  }
}
"""
    + _STATE
    + _MOVED
    + _REVERSE
    + _PAYMENT
)

REVERSE_LINES = (
    """
query ReverseLines($id: ID!, $reverse: String, $line: String) {
  return(id: $id) {
    reverseFulfillmentOrders(first: 1, after: $reverse) { ...Reverse }
  }
}
"""
    + _REVERSE
)

RETURN_CREATE = """
mutation ReturnCreate($input: ReturnInput!) {
  returnCreate(returnInput: $input) { return { id name status } userErrors { field message code } }
}
"""

RETURN_APPROVE = """
mutation ReturnApprove($input: ReturnApproveRequestInput!) {
  returnApproveRequest(input: $input) { return { id name status } userErrors { field message code } }
}
"""

RETURN_DECLINE = """
mutation ReturnDecline($input: ReturnDeclineRequestInput!) {
  returnDeclineRequest(input: $input) { return { id status } userErrors { field message code } }
}
"""

RETURN_PROCESS = (
    """
mutation ReturnProcess($input: ReturnProcessInput!) {
  returnProcess(input: $input) {
    return {
      status
      returnLineItems(first: 50) { nodes { quantity processedQuantity } pageInfo { hasNextPage } }
      ...Moved
    }
    userErrors { field message code }
  }
}
"""
    + _MOVED
)

RETURN_REMOVE = """
mutation ReturnRemove($id: ID!, $lines: [ReturnLineItemRemoveFromReturnInput!]) {
  removeFromReturn(returnId: $id, returnLineItems: $lines) { return { id status } userErrors { field message code } }
}
"""

RETURN_CLOSE = """
mutation ReturnClose($id: ID!) {
  returnClose(id: $id) { return { id status } userErrors { field message code } }
}
"""

RETURN_CANCEL = """
mutation ReturnCancel($id: ID!) {
  returnCancel(id: $id) { return { id status } userErrors { field message code } }
}
"""

LOCATIONS = """
query Locations {
  locations(first: 1) { nodes { id } }
}
"""

INVENTORY_ITEMS = """
query InventoryItems($query: String!, $after: String) {
  inventoryItems(first: 100, query: $query, after: $after) {
    nodes { id sku }
    pageInfo { hasNextPage endCursor }
  }
}
"""

INVENTORY_ADJUST = """
mutation InventoryAdjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field message code }
  }
}
"""

INVENTORY_MOVE = """
mutation InventoryMove($input: InventoryMoveQuantitiesInput!, $key: String!) {
  inventoryMoveQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field message code }
  }
}
"""
